package io.sparkmm.convert.dcp;

import java.util.Collections;
import java.util.List;

/**
 * A rectangular part of a tensor.
 *
 * @param offsets first index along each dimension
 * @param sizes extent along each dimension
 */
public record Box(List<Long> offsets, List<Long> sizes) {

  /**
   * @throws IllegalArgumentException when the numbers of dimensions differ, a number is negative,
   *     or an end does not fit 63 bits
   */
  public Box {
    offsets = List.copyOf(offsets);
    sizes = List.copyOf(sizes);
    if (offsets.size() != sizes.size()) {
      throw new IllegalArgumentException(
          "offsets " + offsets + " and sizes " + sizes + " differ in number");
    }
    for (int dim = 0; dim < sizes.size(); dim++) {
      long offset = offsets.get(dim);
      if (offset < 0 || sizes.get(dim) < 0 || offset > Long.MAX_VALUE - sizes.get(dim)) {
        throw new IllegalArgumentException(
            "offsets " + offsets + " and sizes " + sizes + " are no box");
      }
    }
  }

  /** The whole of a tensor. */
  public static Box whole(List<Long> shape) {
    return new Box(Collections.nCopies(shape.size(), 0L), shape);
  }

  /** Number of dimensions. */
  public int rank() {
    return sizes.size();
  }

  /** First index past the box along a dimension. */
  public long end(int dim) {
    return offsets.get(dim) + sizes.get(dim);
  }

  /** Whether the box has no elements. */
  public boolean isEmpty() {
    return sizes.contains(0L);
  }

  /** Whether the box lies in a tensor of this shape. */
  public boolean isIn(List<Long> shape) {
    if (shape.size() != rank()) {
      return false;
    }
    for (int dim = 0; dim < rank(); dim++) {
      if (end(dim) > shape.get(dim)) {
        return false;
      }
    }
    return true;
  }

  /** Number of elements of a box that lies in a tensor, so that it fits 63 bits. */
  long elements() {
    return sizes.stream().reduce(1L, (a, b) -> a * b);
  }

  /** Whether both boxes, of equal rank, have an element in common. */
  public boolean overlaps(Box other) {
    for (int dim = 0; dim < rank(); dim++) {
      if (offsets.get(dim) >= other.end(dim) || other.offsets.get(dim) >= end(dim)) {
        return false;
      }
    }
    return !isEmpty() && !other.isEmpty();
  }

  @Override
  public String toString() {
    return sizes + " at " + offsets;
  }
}
