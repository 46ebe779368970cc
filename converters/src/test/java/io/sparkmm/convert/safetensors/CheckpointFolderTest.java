package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointFolderTest {

  private static final TensorSpec A = TensorSpec.of("a", DType.F32, 2);
  private static final TensorSpec B = TensorSpec.of("b", DType.F32, 3);
  private static final TensorSpec C = TensorSpec.of("c", DType.F32, 4);

  @TempDir private Path folder;

  /** Three shards, one tensor each, and their index. */
  private void writeShards() {
    write(List.of(A, B, C), 16);
  }

  private void write(List<TensorSpec> specs, long limit) {
    try (CheckpointWriter out = CheckpointWriter.create(folder, specs, limit)) {
      specs.forEach(spec -> out.append(spec.name(), ByteBuffer.wrap(TestFiles.pattern(spec))));
      out.commit();
    }
  }

  private void assertRefused(Kind kind, String reason) {
    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> CheckpointFolder.open(folder).close())
        .withMessage("Cannot read " + folder + ": " + reason)
        .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
  }

  @Test
  void readsOneFileWithoutIndex() {
    write(List.of(B, A), ShardPlan.DEFAULT_LIMIT);

    assertThat(TestFiles.names(folder)).containsExactly("model.safetensors");
    try (CheckpointFolder model = CheckpointFolder.open(folder)) {
      assertThat(model.path()).isEqualTo(folder);
      assertThat(model.tensors()).extracting(TensorRef::name).containsExactly("a", "b");
      assertThat(model.metadata()).isEqualTo(SafetensorsWriter.TORCH);
    }
  }

  @Test
  void readsTensorsOfShardsByName() {
    writeShards();

    assertThat(TestFiles.names(folder))
        .containsExactly(
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors",
            "model.safetensors.index.json");
    try (CheckpointFolder model = CheckpointFolder.open(folder)) {
      assertThat(TestFiles.content(model, "b")).isEqualTo(TestFiles.pattern(B));
      assertThat(TestFiles.toArray(model.map("c"))).isEqualTo(TestFiles.pattern(C));
      assertThat(TestFiles.toArray(model.window("a", 1, 2)))
          .containsExactly(Arrays.copyOfRange(TestFiles.pattern(A), 1, 3));
      assertThat(model.find("b")).map(TensorRef::spec).contains(B);
      assertThat(model.find("x")).isEmpty();
      assertThat(model.tensor("c").file().getFileName())
          .hasToString("model-00003-of-00003.safetensors");
    }
  }

  @Test
  void ignoresOtherFilesWhenThereIsAnIndex() {
    writeShards();
    TestFiles.raw(folder.resolve("consolidated.safetensors"), "broken", 0);

    try (CheckpointFolder model = CheckpointFolder.open(folder)) {
      assertThat(model.tensors()).hasSize(3);
    }
  }

  @Test
  void prefersTheSingleFileWithoutIndex() {
    write(List.of(A), 100);
    TestFiles.write(folder.resolve("other.safetensors"), List.of(A, B), TestFiles::pattern);

    try (CheckpointFolder model = CheckpointFolder.open(folder)) {
      assertThat(model.tensors()).hasSize(1);
    }
  }

  @Test
  void readsFilesOfAnyNameWithoutIndex() {
    TestFiles.write(folder.resolve("x.safetensors"), List.of(A), TestFiles::pattern);
    TestFiles.write(folder.resolve("y.safetensors"), List.of(B), TestFiles::pattern);

    try (CheckpointFolder model = CheckpointFolder.open(folder)) {
      assertThat(model.tensors()).extracting(TensorRef::name).containsExactly("a", "b");
    }
  }

  @Test
  void namesUnknownTensorsAndTheirNeighbours() {
    writeShards();
    try (CheckpointFolder model = CheckpointFolder.open(folder)) {
      assertThatThrownBy(() -> model.tensor("model.a"))
          .hasMessage("Cannot read " + folder + ": it holds no tensor model.a");
    }
  }

  @Test
  void namesAllMissingShardsOfTheIndex() throws IOException {
    writeShards();
    Files.delete(folder.resolve("model-00001-of-00003.safetensors"));
    Files.delete(folder.resolve("model-00003-of-00003.safetensors"));

    assertRefused(
        Kind.MISSING_SHARD,
        "2 of 3 shards are missing: [model-00001-of-00003.safetensors,"
            + " model-00003-of-00003.safetensors]");
  }

  @Test
  void namesMissingShardsByTheirNumbering() throws IOException {
    writeShards();
    Files.delete(folder.resolve(SafetensorsIndex.FILE_NAME));
    Files.delete(folder.resolve("model-00002-of-00003.safetensors"));

    assertRefused(
        Kind.MISSING_SHARD, "1 of 3 shards are missing: [model-00002-of-00003.safetensors]");
  }

  @Test
  void refusesAnIndexThatPlacesTensorsWrongly() throws IOException {
    writeShards();
    Path index = folder.resolve(SafetensorsIndex.FILE_NAME);
    String text = Files.readString(index);
    Files.writeString(index, text.replace("\"b\": \"model-00002", "\"b\": \"model-00001"));

    assertRefused(
        Kind.INDEX_MISMATCH,
        "the index places 1 tensors in shards that do not hold them: [b"
            + " (model-00001-of-00003.safetensors)]");
  }

  @Test
  void refusesANameInTwoShards() {
    TestFiles.write(folder.resolve("x.safetensors"), List.of(A), TestFiles::pattern);
    TestFiles.write(folder.resolve("y.safetensors"), List.of(A), TestFiles::pattern);

    assertRefused(Kind.DUPLICATE_NAME, "tensor a stands in x.safetensors and in y.safetensors");
  }

  @Test
  void refusesAFolderWithoutWeights() throws IOException {
    Files.writeString(folder.resolve("pytorch_model.bin"), "");

    assertRefused(Kind.NO_CHECKPOINT, "it holds no *.safetensors file");
  }

  @Test
  void refusesWhatIsNoFolder() {
    assertThatThrownBy(() -> CheckpointFolder.open(folder.resolve("absent")).close())
        .hasMessage("Cannot read " + folder.resolve("absent") + ": it is not a folder");
  }

  @Test
  void writerRefusesAFolderThatHoldsACheckpoint() {
    writeShards();

    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> CheckpointWriter.create(folder, List.of(A), 100).close())
        .withMessageStartingWith(
            "Cannot write "
                + folder
                + ": it already holds a checkpoint [model-00001-of-00003.safetensors,")
        .withMessageEndingWith("choose another folder or remove them")
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.TARGET_EXISTS));
  }

  @Test
  void writerShowsNothingUntilAllTensorsAreComplete() {
    try (CheckpointWriter out = CheckpointWriter.create(folder, List.of(A, B), 12)) {
      out.append("a", ByteBuffer.allocate(8));

      assertThat(out.plan().shards()).hasSize(2);
      assertThatThrownBy(out::commit).hasMessageContaining("b (0 of 12 bytes)");
      assertThat(TestFiles.names(folder)).allMatch(name -> name.startsWith("."));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void writerRefusesNamesDeclaredTwiceAcrossShards() {
    assertThatThrownBy(() -> CheckpointWriter.create(folder, List.of(A, B, A), 12).close())
        .hasMessage("Cannot write " + folder + ": tensor a was declared twice");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void writerRefusesUndeclaredTensors() {
    try (CheckpointWriter out = CheckpointWriter.create(folder, List.of(A), 12)) {
      assertThatThrownBy(() -> out.append("z", ByteBuffer.allocate(1)))
          .hasMessage("Cannot write " + folder + ": tensor z was not declared");
    }
  }

  @Test
  void writesAModelWithoutTensors() {
    write(List.of(), 10);

    try (CheckpointFolder model = CheckpointFolder.open(folder)) {
      assertThat(model.tensors()).isEmpty();
    }
  }

  @Test
  void planRefusesALimitOfZero() {
    assertThatThrownBy(() -> ShardPlan.of(List.of(A), 0))
        .hasMessage("Cannot fill shards of 0 bytes");
  }
}
