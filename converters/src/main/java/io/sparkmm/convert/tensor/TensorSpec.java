package io.sparkmm.convert.tensor;

import java.util.Arrays;
import java.util.List;

/**
 * What a tensor is, without its bytes.
 *
 * @param name full name, such as {@code model.layers.0.mlp.up_proj.weight}; not empty
 * @param dtype element type
 * @param shape sizes of the dimensions, row-major; empty for a scalar, which has one element
 */
public record TensorSpec(String name, DType dtype, List<Long> shape) {

  /**
   * @throws IllegalArgumentException when the name is empty, a size is negative, or the bytes of
   *     the tensor exceed a {@code long}
   */
  public TensorSpec {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("Cannot describe a tensor without a name");
    }
    shape = List.copyOf(shape);
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException(
            "Cannot describe tensor " + name + ": negative size in shape " + shape);
      }
    }
    try {
      Math.multiplyExact(countElements(shape), (long) dtype.byteSize());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "Cannot describe tensor "
              + name
              + ": shape "
              + shape
              + " has more bytes than fit 63 bits",
          e);
    }
  }

  /** A spec from a plain array of sizes; no sizes at all make a scalar. */
  public static TensorSpec of(String name, DType dtype, long... shape) {
    return new TensorSpec(name, dtype, Arrays.stream(shape).boxed().toList());
  }

  /** Sizes of the dimensions as a new array. */
  public long[] dims() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /** Number of elements; 1 for a scalar, 0 when any size is 0. */
  public long elements() {
    return countElements(shape);
  }

  /** Bytes of all elements. */
  public long byteSize() {
    return elements() * dtype.byteSize();
  }

  /** The product with an overflow check that holds even when a later size is zero. */
  private static long countElements(List<Long> shape) {
    long product = 1;
    for (long size : shape) {
      product = Math.multiplyExact(product, size);
    }
    return product;
  }
}
