package io.sparkmm.convert.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
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
import java.util.function.LongBinaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shapes that need several bands, long runs and long gaps: larger than the scratch buffer. */
final class LargeViewTest {

  private static final int ROWS = 3000;
  private static final int COLUMNS = 5000;

  @TempDir private Path folder;
  private final SourceFiles files = new SourceFiles();
  private TensorRef matrix;

  @BeforeEach
  void writeMatrix() throws IOException {
    Path path = folder.resolve("matrix");
    ByteBuffer bytes = ByteBuffer.allocate(ROWS * COLUMNS * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
      bytes.putInt(i);
    }
    Files.write(path, bytes.array());
    matrix = new TensorRef(TensorSpec.of("m", DType.I32, ROWS, COLUMNS), path, 0);
  }

  @AfterEach
  void close() {
    files.close();
  }

  @Test
  void transposesInBands() {
    assertValues(
        TensorView.of(matrix).transpose(0, 1), (row, column) -> column * COLUMNS + row, 8 << 20);
  }

  @Test
  void readsNarrowColumns() {
    assertValues(
        TensorView.of(matrix).slice(1, 4000, 4010),
        (row, column) -> row * COLUMNS + 4000 + column,
        1 << 20);
  }

  @Test
  void readsHalfOfTheColumns() {
    assertValues(
        TensorView.of(matrix).part(1, 1, 2),
        (row, column) -> row * COLUMNS + COLUMNS / 2 + column,
        1 << 20);
  }

  @Test
  void readsColumnsFarApartOneByOne() throws IOException {
    TensorSpec spec = TensorSpec.of("wide", DType.I32, 10, 8);
    StoredTensor wide =
        new StoredTensor(spec, folder.resolve("wide"), 4, java.util.List.of(1_000_000L, 2L));
    try (FileChannel channel =
        FileChannel.open(wide.file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int row = 0; row < 10; row++) {
        for (int column = 0; column < 8; column++) {
          ByteBuffer value = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
          value.putInt(row * 8 + column).flip();
          channel.write(value, 4 + 4L * (row * 1_000_000L + column * 2L));
        }
      }
    }

    assertValues(TensorView.of(wide), (row, column) -> row * 8 + column, 4096);
  }

  @Test
  void saysWhichFileEndsTooEarly() throws IOException {
    try (FileChannel channel = FileChannel.open(matrix.file(), StandardOpenOption.WRITE)) {
      channel.truncate(1000);
    }

    assertThatThrownBy(
            () ->
                TensorView.of(matrix)
                    .slice(1, 0, 5)
                    .read(0, ByteBuffer.allocateDirect(ROWS * 20), files))
        .isInstanceOf(ConvertException.class)
        .hasMessageStartingWith("Cannot read " + matrix.file() + ": it ends before byte ");
  }

  private void assertValues(TensorView view, LongBinaryOperator valueAt, int chunk) {
    ByteBuffer target = ByteBuffer.allocateDirect(chunk).order(ByteOrder.LITTLE_ENDIAN);
    long columns = view.size(1);
    for (long at = 0; at < view.byteSize(); at += chunk) {
      target.clear().limit((int) Math.min(chunk, view.byteSize() - at));
      view.read(at, target, files);
      target.flip();
      for (long element = at / 4; target.hasRemaining(); element++) {
        long expected = valueAt.applyAsLong(element / columns, element % columns);
        if (target.getInt() != expected) {
          assertThat(target.getInt(target.position() - 4))
              .as("element %d", element)
              .isEqualTo(expected);
        }
      }
    }
  }
}
