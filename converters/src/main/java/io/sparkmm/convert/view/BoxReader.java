package io.sparkmm.convert.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Reads boxes with few and large reads, whatever their strides. Long runs go straight to the
 * target. Shorter ones are read in bands, with what lies between them, into a scratch buffer of
 * fixed size and are spread from there: at the speed of memory this is cheaper than a system call
 * per run, and a disk that is read in order is several times as fast.
 */
final class BoxReader {

  /** Runs from this length on are read one by one unless a gap is as short as a page. */
  private static final long LONG_RUN = 256 << 10;

  /** A gap of this length is always read over: the disk hands out whole pages. */
  private static final long PAGE = 4096;

  /** Longer gaps are never read over. */
  private static final long LONGEST_GAP = 64 << 10;

  /** Most bytes to read for one that is needed, where gaps are longer than a page. */
  private static final long MOST_READ_PER_NEEDED = 16;

  private final SourceFiles files;
  private final ByteBuffer target;
  private final Scratch scratch;

  /**
   * @param target receives elements at offsets from its position 0
   * @param scratch used while a box is read
   */
  BoxReader(SourceFiles files, ByteBuffer target, Scratch scratch) {
    this.files = files;
    this.target = target;
    this.scratch = scratch;
  }

  /**
   * Reads a box.
   *
   * @param source offset in the file of its first element
   * @param to offset in the target of its first element
   */
  void read(Path file, long source, Box box, int to) {
    new Pass(file, box).read(0, source, to);
  }

  /** One box on its way. */
  private final class Pass {
    private final Path file;
    private final Box box;

    Pass(Path file, Box box) {
      this.file = file;
      this.box = box;
    }

    /** Reads the part of the box behind {@code dim} indices. */
    void read(int dim, long source, int to) {
      if (isRun(dim)) {
        run(source, to, (int) box.span()[dim]);
        return;
      }
      long perRead = indicesPerRead(dim);
      long step = box.sourceStride()[dim];
      long targetStep = box.targetStride()[dim];
      for (long index = 0; index < box.extent()[dim]; index += Math.max(1, perRead)) {
        long from = source + index * step;
        int at = (int) (to + index * targetStep);
        if (perRead == 0) {
          read(dim + 1, from, at);
        } else {
          long count = Math.min(perRead, box.extent()[dim] - index);
          int length = (int) ((count - 1) * step + box.span()[dim + 1]);
          ByteBuffer band = scratch.read(files, file, from, length);
          new Spread(band, target, box, dim).copy(count, at);
        }
      }
    }

    private boolean isRun(int dim) {
      return dim == box.rank() || (dim == box.rank() - 1 && box.endsInRun());
    }

    private void run(long source, int to, int length) {
      if (length <= Scratch.WINDOW_BYTES) {
        target.put(to, scratch.read(files, file, source, length), 0, length);
      } else {
        files.read(file, source, target.slice(to, length));
      }
    }

    /** How many indices along {@code dim} one read takes; 0 to read every index by itself. */
    private long indicesPerRead(int dim) {
      long inner = box.span()[dim + 1];
      for (int i = dim; i < box.rank(); i++) {
        if (!isDense(i)) {
          return 0;
        }
      }
      if (inner > Scratch.BYTES) {
        return 0;
      }
      long step = box.sourceStride()[dim];
      return step == 0 ? box.extent()[dim] : (Scratch.BYTES - inner) / step + 1;
    }

    private boolean isDense(int dim) {
      long inner = box.span()[dim + 1];
      long step = box.sourceStride()[dim];
      if (step - inner <= PAGE) {
        return !(isRun(dim + 1) && inner >= LONG_RUN);
      }
      return inner < LONG_RUN
          && step - inner <= LONGEST_GAP
          && step <= MOST_READ_PER_NEEDED * inner;
    }
  }
}
