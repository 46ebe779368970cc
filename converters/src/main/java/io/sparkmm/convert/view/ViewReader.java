package io.sparkmm.convert.view;

import java.nio.ByteBuffer;

/**
 * Reads a range of the row-major bytes of a view. The range is cut into at most {@code 2 * rank -
 * 1} boxes of the view, and what these boxes share with the pieces is read by {@link BoxReader}.
 */
final class ViewReader {

  private final TensorView view;
  private final BoxReader reader;
  private final long[] shape;
  private final long[] strides;
  private final int bytes;
  private final long begin;

  private ViewReader(TensorView view, long offset, BoxReader reader) {
    this.view = view;
    this.reader = reader;
    this.shape = Longs.of(view.shape());
    this.strides = Longs.of(StoredTensor.rowMajor(view.shape()));
    this.bytes = view.dtype().byteSize();
    this.begin = offset;
  }

  static void read(TensorView view, long offset, ByteBuffer target, SourceFiles files) {
    int count = target.remaining();
    int size = view.dtype().byteSize();
    if (offset < 0
        || offset > view.byteSize() - count
        || offset % size != 0
        || count % size != 0
        || !target.isDirect()) {
      throw new IllegalArgumentException(
          "Cannot read " + count + " bytes at " + offset + " of " + view + " into " + target);
    }
    if (count == 0) {
      return;
    }
    ViewReader result =
        new ViewReader(view, offset, new BoxReader(files, target.slice(), files.scratch()));
    long[] at = new long[view.rank()];
    result.range(0, at, offset / size, (offset + count) / size);
    target.position(target.limit());
  }

  /**
   * Reads the elements {@code from} (inclusive) to {@code to} (exclusive), counted in the
   * sub-tensor that the first {@code dim} indices of {@code at} select.
   */
  private void range(int dim, long[] at, long from, long to) {
    if (from >= to) {
      return;
    }
    if (dim == shape.length) {
      box(at, dim, 0, 1);
      return;
    }
    long step = strides[dim];
    long first = from / step;
    long last = (to - 1) / step;
    if (first == last && dim < shape.length - 1) {
      at[dim] = first;
      range(dim + 1, at, from - first * step, to - first * step);
      return;
    }
    long whole = first;
    if (from % step != 0) {
      at[dim] = first;
      range(dim + 1, at, from - first * step, step);
      whole++;
    }
    long end = to / step;
    if (whole < end) {
      box(at, dim, whole, end);
    }
    if (to % step != 0) {
      at[dim] = end;
      range(dim + 1, at, 0, to - end * step);
    }
  }

  /** The box with one index in front of {@code dim}, a range along it, and all indices behind. */
  private void box(long[] at, int dim, long from, long to) {
    long[] low = new long[shape.length];
    long[] high = shape.clone();
    for (int i = 0; i < dim; i++) {
      low[i] = at[i];
      high[i] = at[i] + 1;
    }
    if (dim < shape.length) {
      low[dim] = from;
      high[dim] = to;
    }
    for (Piece piece : view.pieces()) {
      share(piece, low, high);
    }
  }

  /** Reads what a piece has in common with a box. */
  private void share(Piece piece, long[] low, long[] high) {
    int rank = shape.length;
    long source = piece.firstByte();
    long target = -begin;
    long[] extent = new long[rank];
    long[] sourceStride = new long[rank];
    long[] targetStride = new long[rank];
    for (int dim = 0; dim < rank; dim++) {
      long start = piece.at().get(dim);
      long from = Math.max(low[dim], start);
      long to = Math.min(high[dim], start + piece.extent().get(dim));
      if (from >= to) {
        return;
      }
      extent[dim] = to - from;
      sourceStride[dim] = piece.byteStride(dim);
      targetStride[dim] = strides[dim] * bytes;
      source += (from - start) * sourceStride[dim];
      target += from * targetStride[dim];
    }
    Box box = Box.of(bytes, extent, sourceStride, targetStride);
    reader.read(piece.source().file(), source, box, Math.toIntExact(target));
  }
}
