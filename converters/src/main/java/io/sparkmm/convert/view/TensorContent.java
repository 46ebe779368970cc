package io.sparkmm.convert.view;

import io.sparkmm.convert.tensor.DType;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a tensor to be written consists of, to be had in any order and in pieces of bounded size.
 * Immutable; safe for use by many threads.
 */
public interface TensorContent {

  /** Element type. */
  DType dtype();

  /** Sizes of the dimensions; empty for a scalar. */
  List<Long> shape();

  /** The arrangements of stored bytes that the content is made from. */
  List<TensorView> views();

  /**
   * Fills the rest of {@code target}.
   *
   * @param offset first byte, counted in the row-major little-endian bytes of the content; a
   *     multiple of the element size
   * @param target a direct buffer with a multiple of the element size remaining; its position moves
   *     to its limit
   * @param files opens the files that hold the bytes
   */
  void read(long offset, ByteBuffer target, SourceFiles files);

  /**
   * What is made of the views, with every number that the bytes depend on: two contents of equal
   * types, shapes, views and recipes have equal bytes. Content that computes must override it.
   */
  default String recipe() {
    return "";
  }

  /** Bytes of all elements. */
  default long byteSize() {
    return shape().stream().reduce((long) dtype().byteSize(), Math::multiplyExact);
  }
}
