package io.sparkmm.convert.view;

import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A tensor, or a rectangular part of one, that lies in a file with any strides.
 *
 * @param spec name for messages, element type and shape
 * @param file the file
 * @param begin absolute offset in the file of the element with all indices 0
 * @param strides elements between neighbours along each dimension; not negative
 */
public record StoredTensor(TensorSpec spec, Path file, long begin, List<Long> strides) {

  /**
   * @throws IllegalArgumentException when there is not one stride per dimension
   */
  public StoredTensor {
    strides = List.copyOf(strides);
    if (strides.size() != spec.shape().size()) {
      throw new IllegalArgumentException(
          "Cannot place tensor " + spec.name() + " of shape " + spec.shape() + ": " + strides);
    }
  }

  /** A tensor whose elements lie row-major without gaps. */
  public static StoredTensor of(TensorRef tensor) {
    return new StoredTensor(tensor.spec(), tensor.file(), tensor.begin(), rowMajor(tensor.shape()));
  }

  /** Strides in elements of a row-major tensor without gaps. */
  public static List<Long> rowMajor(List<Long> shape) {
    List<Long> strides = new ArrayList<>();
    long stride = 1;
    for (int dim = shape.size() - 1; dim >= 0; dim--) {
      strides.add(stride);
      stride *= shape.get(dim);
    }
    Collections.reverse(strides);
    return strides;
  }
}
