package io.sparkmm.convert.view;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A box of a stored tensor at a place of a view.
 *
 * @param source the stored tensor
 * @param sourceAt first index of the box along each dimension of the source
 * @param at first index of the box along each dimension of the view
 * @param extent size of the box along each dimension of the view
 * @param axes for each dimension of the view the dimension of the source that it runs along, or
 *     {@link #NONE} for a dimension of size 1 that the source does not have; dimensions of the
 *     source that no dimension of the view runs along have extent 1 in the box
 */
public record Piece(
    StoredTensor source,
    List<Long> sourceAt,
    List<Long> at,
    List<Long> extent,
    List<Integer> axes) {

  /** A dimension of the view that runs along no dimension of the source. */
  public static final int NONE = -1;

  public Piece {
    sourceAt = List.copyOf(sourceAt);
    at = List.copyOf(at);
    extent = List.copyOf(extent);
    axes = List.copyOf(axes);
  }

  /** Number of elements in the box. */
  public long elements() {
    return extent.stream().reduce(1L, (a, b) -> a * b);
  }

  /** Absolute offset in the file of the first element of the box. */
  public long firstByte() {
    long element = 0;
    for (int axis = 0; axis < sourceAt.size(); axis++) {
      element += sourceAt.get(axis) * source.strides().get(axis);
    }
    return source.begin() + element * source.spec().dtype().byteSize();
  }

  /** Bytes in the file between neighbours along a dimension of the view. */
  public long byteStride(int dim) {
    int axis = axes.get(dim);
    return axis == NONE ? 0 : source.strides().get(axis) * source.spec().dtype().byteSize();
  }

  /** Size of the box along each dimension of the source. */
  public List<Long> sourceExtent() {
    List<Long> result = new ArrayList<>(Collections.nCopies(sourceAt.size(), 1L));
    for (int dim = 0; dim < axes.size(); dim++) {
      if (axes.get(dim) != NONE) {
        result.set(axes.get(dim), extent.get(dim));
      }
    }
    return result;
  }

  Piece movedBy(int dim, long distance) {
    return new Piece(source, sourceAt, with(at, dim, at.get(dim) + distance), extent, axes);
  }

  /** The part of the box between two indices of the view, which must leave something. */
  Piece clipped(int dim, long from, long to) {
    long low = Math.max(at.get(dim), from);
    long high = Math.min(at.get(dim) + extent.get(dim), to);
    int axis = axes.get(dim);
    List<Long> start =
        axis == NONE ? sourceAt : with(sourceAt, axis, sourceAt.get(axis) + low - at.get(dim));
    return new Piece(source, start, with(at, dim, low), with(extent, dim, high - low), axes);
  }

  boolean touches(int dim, long from, long to) {
    return at.get(dim) < to && at.get(dim) + extent.get(dim) > from;
  }

  /** The box that this one and {@code next}, which follows along {@code dim}, make together. */
  Piece extendedBy(int dim, Piece next) {
    return new Piece(
        source, sourceAt, at, with(extent, dim, extent.get(dim) + next.extent.get(dim)), axes);
  }

  static <T> List<T> with(List<T> list, int index, T value) {
    List<T> result = new ArrayList<>(list);
    result.set(index, value);
    return result;
  }
}
