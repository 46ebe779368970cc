package io.sparkmm.convert.bench;

import io.sparkmm.convert.plan.FileLayout;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A file as one row of bytes, to be copied by the same threads, reads and writes as a conversion.
 *
 * @param size bytes
 */
record WholeFile(long size) implements FileLayout {

  private static final String NAME = "bytes";

  static PlannedFile copyOf(Path file) throws IOException {
    WholeFile layout = new WholeFile(Files.size(file));
    TensorSpec spec = TensorSpec.of(NAME, DType.U8, layout.size());
    TensorView bytes = TensorView.of(new TensorRef(spec, file, 0));
    return new PlannedFile(file.getFileName().toString(), layout, List.of(bytes));
  }

  @Override
  public List<TensorPlace> tensors() {
    return List.of(new TensorPlace(NAME, 0, size));
  }

  @Override
  public List<Literal> literals(long[] crc32) {
    return List.of();
  }
}
