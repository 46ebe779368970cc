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
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SafetensorsFileTest {

  private static final TensorSpec WEIGHT = TensorSpec.of("model.weight", DType.F32, 3, 2);
  private static final TensorSpec BIAS = TensorSpec.of("model.bias", DType.I64, 2);
  private static final TensorSpec EMPTY = TensorSpec.of("model.empty", DType.F32, 0);

  @TempDir private Path folder;
  private Path path;

  @BeforeEach
  void write() {
    path =
        TestFiles.write(
            folder.resolve("a b.safetensors"), List.of(WEIGHT, BIAS, EMPTY), TestFiles::pattern);
  }

  @Test
  void listsTensorsInTheOrderOfTheirBytes() {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.path()).isEqualTo(path);
      assertThat(file.tensors()).extracting(TensorRef::spec).containsExactly(BIAS, EMPTY, WEIGHT);
      assertThat(file.tensor("model.weight").end()).isEqualTo(path.toFile().length());
    }
  }

  @Test
  void readsWholeTensorsAndParts() {
    byte[] expected = TestFiles.pattern(WEIGHT);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      ByteBuffer part = ByteBuffer.allocate(8);
      file.read("model.weight", 16, part.limit(5));

      assertThat(TestFiles.content(file, "model.weight")).isEqualTo(expected);
      assertThat(part.position()).isEqualTo(5);
      assertThat(TestFiles.toArray(part.flip()))
          .containsExactly(Arrays.copyOfRange(expected, 16, 21));
      assertThat(TestFiles.toArray(file.map("model.weight"))).isEqualTo(expected);
      assertThat(TestFiles.toArray(file.window("model.weight", 16, 5)))
          .containsExactly(Arrays.copyOfRange(expected, 16, 21));
      assertThat(file.map("model.empty").remaining()).isZero();
    }
  }

  @Test
  void viewsAreLittleEndianAndReadOnly() {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      ByteBuffer view = file.map("model.bias");

      assertThat(view.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
      assertThat(view.isReadOnly()).isTrue();
      assertThat(view.getLong(0))
          .isEqualTo(
              ByteBuffer.wrap(TestFiles.pattern(BIAS)).order(ByteOrder.LITTLE_ENDIAN).getLong(0));
    }
  }

  @Test
  void viewsOutliveTheFile() {
    ByteBuffer view;
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      view = file.map("model.weight");
    }
    assertThat(TestFiles.toArray(view)).isEqualTo(TestFiles.pattern(WEIGHT));
  }

  @ParameterizedTest
  @CsvSource({"-1,4", "0,25", "24,1", "20,5", "9223372036854775807,1"})
  void refusesRangesOutsideTheTensor(long offset, int length) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      String reason =
          length + " bytes at " + offset + " lie outside tensor model.weight, which has 24 bytes";
      assertThatExceptionOfType(SafetensorsException.class)
          .isThrownBy(() -> file.read("model.weight", offset, ByteBuffer.allocate(length)))
          .withMessage("Cannot read " + path + ": " + reason)
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.BAD_RANGE));
      assertThatThrownBy(() -> file.window("model.weight", offset, length))
          .hasMessage("Cannot read " + path + ": " + reason);
    }
  }

  @Test
  void refusesWindowsOfNegativeLength() {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThatThrownBy(() -> file.window("model.weight", 0, -1))
          .hasMessageContaining("-1 bytes at 0 lie outside tensor model.weight");
    }
  }

  @Test
  void namesTheNearestTensorsWhenOneIsUnknown() {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.find("model.weigth")).isEmpty();
      assertThatExceptionOfType(SafetensorsException.class)
          .isThrownBy(() -> file.tensor("model.weigth"))
          .withMessage(
              "Cannot read "
                  + path
                  + ": it holds no tensor model.weigth; nearest are [model.weight]")
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.UNKNOWN_TENSOR));
      assertThatThrownBy(() -> file.tensor("zzz"))
          .hasMessage("Cannot read " + path + ": it holds no tensor zzz");
    }
  }

  @Test
  void saysThatItWasClosed() {
    SafetensorsFile file = SafetensorsFile.open(path);
    file.close();
    file.close();

    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> file.map("model.weight"))
        .withMessage("Cannot read " + path + ": it was closed before")
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CLOSED));
  }

  @Test
  void saysWhenTheFileShrankWhileOpen() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
        channel.truncate(path.toFile().length() - 1);
      }
      assertThatThrownBy(() -> TestFiles.content(file, "model.weight"))
          .hasMessageStartingWith("Cannot read " + path + ": end of file at byte ");
    }
  }

  @Test
  void reachesBeyondTwoGibibytes() throws IOException {
    long rows = 3L << 30;
    String json =
        "{\"big\":{\"dtype\":\"U8\",\"shape\":[" + rows + "],\"data_offsets\":[0," + rows + "]}}";
    Path big = TestFiles.raw(folder.resolve("big.safetensors"), json, 0);
    long headerBytes = Files.size(big);
    try (FileChannel channel = FileChannel.open(big, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {5, 6, 7}), headerBytes + rows - 3);
    }
    try (SafetensorsFile file = SafetensorsFile.open(big)) {
      assertThat(TestFiles.toArray(file.window("big", rows - 3, 3))).containsExactly(5, 6, 7);
      ByteBuffer last = ByteBuffer.allocate(3);
      file.read("big", rows - 3, last);
      assertThat(last.array()).containsExactly(5, 6, 7);
      assertThatThrownBy(() -> file.map("big"))
          .hasMessage(
              "Cannot read "
                  + big
                  + ": tensor big has 3221225472 bytes, too many for one buffer; read it through"
                  + " windows");
    }
  }
}
