package io.sparkmm.convert.tensor;

import java.nio.file.Path;
import java.util.List;

/**
 * Where the bytes of a tensor lie: little-endian, row-major, without gaps.
 *
 * @param spec name, element type and shape
 * @param file the file that holds the bytes
 * @param begin absolute offset in the file of the first byte
 */
public record TensorRef(TensorSpec spec, Path file, long begin) {

  /**
   * @throws IllegalArgumentException when the offset is negative or the end does not fit a {@code
   *     long}
   */
  public TensorRef {
    if (begin < 0 || begin > Long.MAX_VALUE - spec.byteSize()) {
      throw new IllegalArgumentException(
          "Cannot place tensor " + spec.name() + " at byte " + begin + " of " + file);
    }
  }

  /** Full name of the tensor. */
  public String name() {
    return spec.name();
  }

  /** Element type. */
  public DType dtype() {
    return spec.dtype();
  }

  /** Sizes of the dimensions; empty for a scalar. */
  public List<Long> shape() {
    return spec.shape();
  }

  /** Bytes of the tensor. */
  public long byteSize() {
    return spec.byteSize();
  }

  /** Absolute offset in the file just past the last byte. */
  public long end() {
    return begin + byteSize();
  }
}
