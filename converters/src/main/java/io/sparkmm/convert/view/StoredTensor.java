package io.sparkmm.convert.view;

import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A tensor, or a rectangular part of one, that lies in a file with any strides.
 *
 * @param spec name for messages, element type and shape
 * @param file the file
 * @param begin absolute offset in the file of the element with all indices 0
 * @param strides elements between neighbours along each dimension; not negative
 * @param checksum of a range of the file that holds all of the tensor, where the file tells one
 */
public record StoredTensor(
    TensorSpec spec, Path file, long begin, List<Long> strides, Optional<StoredChecksum> checksum) {

  /**
   * @throws IllegalArgumentException when there is not one stride per dimension, a stride or the
   *     offset is negative, or the last byte lies beyond 63 bits
   */
  public StoredTensor {
    strides = List.copyOf(strides);
    if (strides.size() != spec.shape().size()
        || begin < 0
        || strides.stream().anyMatch(stride -> stride < 0)) {
      throw cannotPlace(spec, file, begin, strides);
    }
    try {
      end(spec, begin, strides);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(cannotPlace(spec, file, begin, strides).getMessage(), e);
    }
  }

  /** A tensor in a file that tells no checksum. */
  public StoredTensor(TensorSpec spec, Path file, long begin, List<Long> strides) {
    this(spec, file, begin, strides, Optional.empty());
  }

  private static IllegalArgumentException cannotPlace(
      TensorSpec spec, Path file, long begin, List<Long> strides) {
    return new IllegalArgumentException(
        "Cannot place tensor "
            + spec.name()
            + " of shape "
            + spec.shape()
            + " at byte "
            + begin
            + " of "
            + file
            + " with strides "
            + strides);
  }

  /** Offset just past the last element; the file must be at least as long. */
  public long end() {
    return end(spec, begin, strides);
  }

  private static long end(TensorSpec spec, long begin, List<Long> strides) {
    if (spec.elements() == 0) {
      return begin;
    }
    long last = 0;
    for (int dim = 0; dim < strides.size(); dim++) {
      long most = Math.subtractExact(spec.shape().get(dim), 1L);
      last = Math.addExact(last, Math.multiplyExact(most, (long) strides.get(dim)));
    }
    return Math.addExact(begin, Math.multiplyExact(last + 1, (long) spec.dtype().byteSize()));
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
