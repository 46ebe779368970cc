package io.sparkmm.convert.dcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.pickle.PickleList;
import io.sparkmm.convert.pickle.PickleNone;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.MemoryContent;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints written rank by rank, read back; check_dcp.py lets PyTorch read the same ones. */
final class WrittenCheckpointsTest {

  private static final int ROWS = 7;

  @TempDir private Path temporary;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 9})
  void isTheSameFromAnyNumberOfRanks(int ranks) throws IOException {
    Path folder = folder("ranks" + ranks);
    List<DcpMetadata> parts = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      DcpMetadata part = DcpWriter.write(folder, rankFile(rank, ranks));
      parts.add(DcpMetadataReader.read(DcpMetadataWriter.write(part)));
    }
    DcpWriter.finish(folder, parts);

    DcpCheckpoint checkpoint = DcpCheckpoint.open(folder);
    checkpoint.verify();
    TensorView rows = checkpoint.view("model.rows.weight");
    assertThat(rows.shape()).containsExactly((long) ROWS, 3L);
    assertThat(DcpFolders.bytes(rows)).isEqualTo(bytes(ROWS * 3 * 4));
    assertThat(DcpFolders.bytes(checkpoint.view("model.scalar"))).isEqualTo(bytes(4));
    assertThat(checkpoint.view("model.none").shape()).containsExactly(0L, 5L);
    assertThat(checkpoint.value("checkpoint_version")).isEqualTo(3.0);
    assertThat(checkpoint.value("groups.0.lr")).isEqualTo(0.125);
    assertThat(checkpoint.find("model.rows.weight").orElseThrow().key())
        .isEqualTo(DcpKey.of("model", "rows.weight"));
  }

  /** Rows as FSDP divides them: equal parts, the last ones smaller or empty. */
  private static DcpFile rankFile(int rank, int ranks) {
    int each = (ROWS + ranks - 1) / ranks;
    int from = Math.min(ROWS, rank * each);
    int to = Math.min(ROWS, from + each);
    List<DcpShard> shards = new ArrayList<>();
    List<DcpValue> values = new ArrayList<>();
    if (to > from) {
      ByteBuffer part = ByteBuffer.wrap(bytes(ROWS * 12)).position(from * 12).limit(to * 12);
      shards.add(
          DcpShard.part(
              DcpKey.of("model", "rows.weight"),
              List.of((long) ROWS, 3L),
              List.of((long) from, 0L),
              MemoryContent.of(TensorSpec.of("rows", DType.F32, to - from, 3), part.slice())));
    }
    if (rank == 0) {
      values.add(new DcpValue(DcpKey.of("checkpoint_version"), 3.0));
      values.add(new DcpValue(DcpKey.of("groups", 0L, "lr"), 0.125));
      values.add(
          new DcpValue(
              DcpKey.of("groups", 0L, "betas"), PickleList.of(List.of(0.9, PickleNone.NONE))));
      shards.add(DcpShard.whole(DcpKey.of("model", "scalar"), memory(DType.F32)));
      shards.add(DcpShard.whole(DcpKey.of("model", "none"), memory(DType.BF16, 0, 5)));
    }
    return DcpFile.plan(DcpFile.name(rank, 0), values, shards);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void keepsEachElementType(DType type) throws IOException {
    Path folder = folder("type_" + type);
    DcpFile file =
        DcpFile.plan(
            DcpFile.name(0, 0),
            List.of(),
            List.of(DcpShard.whole(DcpKey.of("model", "x"), memory(type, 2, 3))));
    DcpWriter.finish(folder, List.of(DcpWriter.write(folder, file)));
    TensorView view = DcpCheckpoint.open(folder).view("model.x");
    assertThat(view.dtype()).isEqualTo(type);
    assertThat(DcpFolders.bytes(view)).isEqualTo(bytes(type, 6 * type.byteSize()));
  }

  @Test
  void joinsBoxesThatNoCutSeparates() throws IOException {
    // Four boxes around a fifth: no line through the tensor avoids them all.
    long[][] boxes = {{0, 0, 1, 2}, {0, 2, 2, 1}, {2, 1, 1, 2}, {1, 0, 2, 1}, {1, 1, 1, 1}};
    List<DcpShard> shards = new ArrayList<>();
    for (long[] box : boxes) {
      ByteBuffer part = ByteBuffer.allocate((int) (box[2] * box[3]));
      for (long row = 0; row < box[2]; row++) {
        for (long column = 0; column < box[3]; column++) {
          part.put((byte) ((box[0] + row) * 3 + box[1] + column));
        }
      }
      shards.add(
          DcpShard.part(
              DcpKey.of("wheel"),
              List.of(3L, 3L),
              List.of(box[0], box[1]),
              MemoryContent.of(TensorSpec.of("p", DType.U8, box[2], box[3]), part.flip())));
    }
    Path folder = folder("wheel");
    DcpFile file = DcpFile.plan(DcpFile.name(0, 0), List.of(), shards);
    DcpWriter.finish(folder, List.of(DcpWriter.write(folder, file)));
    assertThat(DcpFolders.bytes(DcpCheckpoint.open(folder).view("wheel")))
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
  }

  @Test
  void refusesACheckpointWithAMissingRank() throws IOException {
    Path folder = folder("missing");
    DcpMetadata first = DcpWriter.write(folder, rankFile(0, 2));
    assertThatThrownBy(() -> DcpWriter.finish(folder, List.of(first)))
        .isInstanceOf(DcpException.class)
        .hasMessage(
            "Cannot save checkpoint: tensor model.rows.weight: its chunks cover 12 of the 21 elements"
                + " of [7, 3]");
    assertThat(folder.resolve(".metadata")).doesNotExist();
  }

  @Test
  void refusesRanksThatSaveTheSame() {
    DcpMetadata part = rankFile(0, 1).part();
    assertThatThrownBy(() -> DcpMetadata.merge(List.of(part, part)))
        .hasMessage("Cannot save checkpoint_version twice");
    DcpMetadata tensors = new DcpMetadata(part.tensors(), List.of());
    assertThatThrownBy(() -> DcpMetadata.merge(List.of(tensors, tensors)))
        .hasMessage(
            "Cannot save checkpoint: tensor model.rows.weight: its chunks [7, 3] at [0, 0] and"
                + " [7, 3] at [0, 0] overlap");
  }

  @Test
  void refusesRanksThatDisagree() {
    DcpShard one = DcpShard.part(DcpKey.of("x"), List.of(4L), List.of(0L), memory(DType.U8, 2));
    DcpShard other = DcpShard.part(DcpKey.of("x"), List.of(5L), List.of(2L), memory(DType.U8, 2));
    DcpMetadata first = DcpFile.plan("__0_0.distcp", List.of(), List.of(one)).part();
    DcpMetadata second = DcpFile.plan("__1_0.distcp", List.of(), List.of(other)).part();
    assertThatThrownBy(() -> DcpMetadata.merge(List.of(first, second)))
        .hasMessageStartingWith("Cannot join parts of x: ");
  }

  @Test
  void refusesAPartOutsideOfTheTensor() {
    TensorContent two = memory(DType.U8, 2);
    assertThatThrownBy(() -> DcpShard.part(DcpKey.of("x"), List.of(4L), List.of(3L), two))
        .hasMessage("Cannot save of x [4] the part [2] at [3] as U8 [2] in memory");
  }

  private static TensorContent memory(DType type, long... shape) {
    TensorSpec spec = TensorSpec.of("memory", type, shape);
    return MemoryContent.of(spec, ByteBuffer.wrap(bytes(type, (int) spec.byteSize())));
  }

  private static byte[] bytes(DType type, int count) {
    byte[] bytes = bytes(count);
    for (int at = 0; type == DType.BOOL && at < count; at++) {
      bytes[at] = (byte) Math.min(bytes[at], 1);
    }
    return bytes;
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    for (int at = 0; at < count; at++) {
      bytes[at] = (byte) (at % 3 == 2 ? 0 : at + 1);
    }
    return bytes;
  }

  /** Where check_dcp.py can look at the result afterwards. */
  private Path folder(String name) throws IOException {
    String keep = System.getProperty("sparkmm.keep", "");
    Path parent = keep.isEmpty() ? temporary : Path.of(keep);
    return Files.createDirectories(parent.resolve(name));
  }
}
