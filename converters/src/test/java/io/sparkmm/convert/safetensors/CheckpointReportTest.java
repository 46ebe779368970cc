package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointReportTest {

  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir private Path folder;

  @BeforeEach
  void writeTwoShards() {
    List<TensorSpec> specs =
        List.of(TensorSpec.of("a", DType.F32, 2), TensorSpec.of("b", DType.F32, 2));
    try (CheckpointWriter out = CheckpointWriter.create(folder, specs, 8)) {
      specs.forEach(spec -> out.append(spec.name(), ByteBuffer.allocate(8)));
      out.commit();
    }
  }

  private void editIndex(String from, String to) throws IOException {
    Path index = folder.resolve(SafetensorsIndex.FILE_NAME);
    String text = Files.readString(index);
    assertThat(text).contains(from);
    Files.writeString(index, text.replace(from, to));
  }

  @Test
  void findsNothingWrongWithASoundFolder() {
    assertThat(CheckpointReport.of(folder))
        .isEqualTo(new CheckpointReport(2, 2, 16, List.of(), List.of()));
  }

  @Test
  void reportsAllProblemsAtOnce() throws IOException {
    TestFiles.raw(folder.resolve(FIRST), "[]", 0);
    Files.delete(folder.resolve(SECOND));

    CheckpointReport report = CheckpointReport.of(folder);

    assertThat(report.problems())
        .containsExactly(
            "Cannot read " + folder.resolve(FIRST) + ": the header does not begin with {",
            "shard " + SECOND + " is missing by the numbering of the others");
    assertThat(report.tensors()).isZero();
  }

  @Test
  void reportsShardsThatOnlyTheIndexKnows() throws IOException {
    editIndex("\"model-00002-of-00002.safetensors\"", "\"other.safetensors\"");

    assertThat(CheckpointReport.of(folder).problems())
        .containsExactly(
            "shard other.safetensors of the index is missing",
            "the index places tensor b in other.safetensors, it stands in " + SECOND);
  }

  @Test
  void reportsGapsInTheNumbering() {
    TestFiles.write(folder.resolve("x-00002-of-00002.safetensors"), List.of(), TestFiles::pattern);

    assertThat(CheckpointReport.of(folder).problems())
        .containsExactly(
            "shard x-00001-of-00002.safetensors is missing by the numbering of the others");
  }

  @Test
  void reportsTensorsThatTheIndexPlacesWrongly() throws IOException {
    editIndex("\"b\": \"model-00002", "\"b\": \"model-00001");

    assertThat(CheckpointReport.of(folder).problems())
        .containsExactly("the index places tensor b in " + FIRST + ", it stands in " + SECOND);
  }

  @Test
  void reportsTensorsThatOnlyTheIndexOrOnlyAShardKnows() throws IOException {
    editIndex("\"b\"", "\"z\"");

    assertThat(CheckpointReport.of(folder).problems())
        .containsExactly(
            "the index places tensor z in " + SECOND + ", which does not hold it",
            "tensor b of " + SECOND + " is not in the index");
  }

  @Test
  void reportsNamesInTwoShards() {
    TestFiles.write(
        folder.resolve("z.safetensors"),
        List.of(TensorSpec.of("a", DType.U8, 1)),
        TestFiles::pattern);

    assertThat(CheckpointReport.of(folder).problems())
        .contains("tensor a stands in " + FIRST + " and in z.safetensors");
  }

  @Test
  void reportsABrokenIndex() throws IOException {
    Path index = Files.writeString(folder.resolve(SafetensorsIndex.FILE_NAME), "{}");

    assertThat(CheckpointReport.of(folder).problems())
        .containsExactly("Cannot read " + index + ": it has no object weight_map");
  }

  @Test
  void warnsOfAWrongTotal() throws IOException {
    editIndex("16", "17");

    CheckpointReport report = CheckpointReport.of(folder);

    assertThat(report.problems()).isEmpty();
    assertThat(report.warnings())
        .containsExactly("the index says 17 bytes in all, the tensors have 16");
  }

  @Test
  void warnsOfShardsWithoutIndex() throws IOException {
    Files.delete(folder.resolve(SafetensorsIndex.FILE_NAME));

    CheckpointReport report = CheckpointReport.of(folder);

    assertThat(report.problems()).isEmpty();
    assertThat(report.warnings())
        .containsExactly("2 files and no model.safetensors.index.json; loaders want one");
  }

  @Test
  void reportsWhatIsNoCheckpointAtAll() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));

    assertThat(CheckpointReport.of(empty).problems())
        .containsExactly("Cannot read " + empty + ": it holds no *.safetensors file");
    assertThat(CheckpointReport.of(folder.resolve("absent")).problems())
        .containsExactly("Cannot read " + folder.resolve("absent") + ": it is not a folder");
  }
}
