package io.sparkmm.convert.view;

import java.nio.ByteBuffer;
import java.util.List;

/** Reads a range of the row-major bytes of a view, run of bytes by run of bytes. */
final class ViewReader {

  private final SourceFiles files;
  private final ByteBuffer target;
  private final long begin;
  private final long end;
  private final int base;

  private ViewReader(long offset, ByteBuffer target, SourceFiles files) {
    this.files = files;
    this.target = target;
    this.begin = offset;
    this.end = offset + target.remaining();
    this.base = target.position();
  }

  static void read(TensorView view, long offset, ByteBuffer target, SourceFiles files) {
    if (offset < 0 || offset > view.byteSize() - target.remaining()) {
      throw new IllegalArgumentException(
          "Cannot read " + target.remaining() + " bytes at " + offset + " of " + view);
    }
    ViewReader reader = new ViewReader(offset, target, files);
    List<Long> strides = StoredTensor.rowMajor(view.shape());
    for (Piece piece : view.pieces()) {
      reader.copy(piece, strides);
    }
    target.position(target.limit());
  }

  private void copy(Piece piece, List<Long> strides) {
    int bytes = piece.source().spec().dtype().byteSize();
    int inner = strides.size();
    long run = bytes;
    while (inner > 0
        && piece.byteStride(inner - 1) == run
        && strides.get(inner - 1) * bytes == run) {
      inner--;
      run *= piece.extent().get(inner);
    }
    long to = 0;
    for (int dim = 0; dim < strides.size(); dim++) {
      to += piece.at().get(dim) * strides.get(dim) * bytes;
    }
    copy(new Loops(piece, strides, bytes, inner, run), 0, piece.firstByte(), to);
  }

  private record Loops(Piece piece, List<Long> strides, int bytes, int inner, long run) {}

  private void copy(Loops loops, int dim, long from, long to) {
    if (to >= end) {
      return;
    }
    if (dim == loops.inner()) {
      copyRun(loops, from, to);
      return;
    }
    long step = loops.strides().get(dim) * loops.bytes();
    long count = loops.piece().extent().get(dim);
    long first = Math.max(0, (begin - to) / step);
    long last = Math.min(count, (end - to + step - 1) / step);
    long sourceStep = loops.piece().byteStride(dim);
    for (long index = first; index < last; index++) {
      copy(loops, dim + 1, from + index * sourceStep, to + index * step);
    }
  }

  private void copyRun(Loops loops, long from, long to) {
    long low = Math.max(to, begin);
    long high = Math.min(to + loops.run(), end);
    if (low >= high) {
      return;
    }
    ByteBuffer run = target.duplicate();
    run.limit(base + (int) (high - begin)).position(base + (int) (low - begin));
    files.read(loops.piece().source().file(), from + low - to, run);
  }
}
