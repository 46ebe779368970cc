package io.sparkmm.convert.parallel;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Tensors of which every element is a number of its own: 0, 1, 2, ... in row-major order. */
final class Numbered {

  private static final int COUNT = 1 << 14;

  private final Path file;

  private Numbered(Path file) {
    this.file = file;
  }

  static Numbered in(Path folder) {
    ByteBuffer bytes = ByteBuffer.allocate(COUNT * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long value = 0; value < COUNT; value++) {
      bytes.putLong(value);
    }
    try {
      return new Numbered(Files.write(folder.resolve("numbers"), bytes.array()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TensorView tensor(long... shape) {
    return from(0, shape);
  }

  /** A tensor whose first element is {@code first}. */
  TensorView from(long first, long... shape) {
    TensorSpec spec = TensorSpec.of("numbers", DType.I64, shape);
    if (first + spec.elements() > COUNT) {
      throw new IllegalArgumentException("Cannot number " + spec);
    }
    return TensorView.of(new TensorRef(spec, file, first * Long.BYTES));
  }

  static List<Long> values(TensorView view) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect((int) view.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
    try (SourceFiles files = new SourceFiles()) {
      view.read(0, bytes, files);
    }
    bytes.flip();
    List<Long> values = new ArrayList<>();
    while (bytes.hasRemaining()) {
      values.add(bytes.getLong());
    }
    return values;
  }

  /** The first element of each row, divided by the length of a row: the numbers of the rows. */
  static List<Long> rows(TensorView view) {
    List<Long> values = values(view);
    int length = (int) (values.size() / Math.max(1, view.size(0)));
    List<Long> rows = new ArrayList<>();
    for (int at = 0; at < values.size(); at += length) {
      rows.add(values.get(at) / length);
    }
    return rows;
  }
}
