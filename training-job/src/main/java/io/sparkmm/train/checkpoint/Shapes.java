package io.sparkmm.train.checkpoint;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Sizes of tensors as the formats of files have them. */
final class Shapes {
  private Shapes() {}

  static List<Long> of(Tensor tensor) {
    long[] sizes = new long[(int) tensor.dim()];
    for (int dim = 0; dim < sizes.length; dim++) {
      sizes[dim] = tensor.size(dim);
    }
    return of(sizes);
  }

  static List<Long> of(long[] sizes) {
    return Arrays.stream(sizes).boxed().toList();
  }
}
