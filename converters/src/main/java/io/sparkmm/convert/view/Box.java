package io.sparkmm.convert.view;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A block of elements that lies in a file with one set of strides and goes to a buffer with
 * another. Dimensions stand with descending distance in the file; dimensions of size 1 are left
 * out, and those that lie behind each other on both sides are one.
 *
 * @param elementBytes bytes of one element
 * @param extent size along each dimension
 * @param sourceStride bytes between neighbours in the file
 * @param targetStride bytes between neighbours in the buffer
 * @param span for each dimension the bytes in the file from the first to the last element of the
 *     part that this dimension and all behind it make up; one more entry for a single element
 */
record Box(int elementBytes, long[] extent, long[] sourceStride, long[] targetStride, long[] span) {

  private record Dimension(long extent, long source, long target) {
    boolean continues(Dimension inner) {
      return source == inner.source * inner.extent && target == inner.target * inner.extent;
    }
  }

  static Box of(int elementBytes, long[] extent, long[] sourceStride, long[] targetStride) {
    List<Dimension> dimensions = new ArrayList<>(extent.length);
    for (int dim = 0; dim < extent.length; dim++) {
      if (extent[dim] != 1) {
        dimensions.add(new Dimension(extent[dim], sourceStride[dim], targetStride[dim]));
      }
    }
    dimensions.sort(Comparator.comparingLong(Dimension::source).reversed());
    List<Dimension> merged = new ArrayList<>(dimensions.size());
    for (Dimension next : dimensions) {
      Dimension last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
      if (last != null && last.continues(next)) {
        merged.set(
            merged.size() - 1, new Dimension(last.extent * next.extent, next.source, next.target));
      } else {
        merged.add(next);
      }
    }
    return of(elementBytes, merged);
  }

  private static Box of(int elementBytes, List<Dimension> dimensions) {
    long[] span = new long[dimensions.size() + 1];
    span[dimensions.size()] = elementBytes;
    for (int dim = dimensions.size() - 1; dim >= 0; dim--) {
      Dimension d = dimensions.get(dim);
      span[dim] = Math.addExact(span[dim + 1], Math.multiplyExact(d.extent - 1, d.source));
    }
    return new Box(
        elementBytes,
        dimensions.stream().mapToLong(Dimension::extent).toArray(),
        dimensions.stream().mapToLong(Dimension::source).toArray(),
        dimensions.stream().mapToLong(Dimension::target).toArray(),
        span);
  }

  int rank() {
    return extent.length;
  }

  /** Whether the innermost dimension lies without gaps on both sides. */
  boolean endsInRun() {
    int last = rank() - 1;
    return last >= 0 && sourceStride[last] == elementBytes && targetStride[last] == elementBytes;
  }
}
