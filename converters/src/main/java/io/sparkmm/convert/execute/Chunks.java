package io.sparkmm.convert.execute;

import io.sparkmm.convert.plan.FileLayout;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A planned file cut into pieces of equal size, and what lies in each of them. */
final class Chunks {

  /** Alignment of direct writes: a page, and a multiple of the blocks of every usual disk. */
  static final int BLOCK = 4096;

  /**
   * A part of a file that has one origin.
   *
   * @param begin first byte in the file
   * @param end byte past the last
   * @param tensor number of the tensor that goes there, or -1 for a literal
   * @param literal number of the literal, or -1 for a tensor
   */
  record Range(long begin, long end, int tensor, int literal) {

    /** The part between two places of the file. */
    Range clipped(long low, long high) {
      return new Range(Math.max(begin, low), Math.min(end, high), tensor, literal);
    }

    long length() {
      return end - begin;
    }
  }

  private final long size;
  private final int chunkBytes;
  private final List<Range> ranges;

  private Chunks(long size, int chunkBytes, List<Range> ranges) {
    this.size = size;
    this.chunkBytes = chunkBytes;
    this.ranges = ranges;
  }

  /**
   * Cuts a file.
   *
   * @param literals those of the layout, for any checksums
   * @param chunkBytes a multiple of {@link #BLOCK}
   * @throws IllegalArgumentException when tensors and literals leave a gap or overlap
   */
  static Chunks of(PlannedFile file, List<Literal> literals, int chunkBytes) {
    FileLayout layout = file.layout();
    List<Range> ranges = new ArrayList<>();
    for (int i = 0; i < layout.tensors().size(); i++) {
      TensorPlace place = layout.tensors().get(i);
      ranges.add(new Range(place.offset(), place.offset() + place.byteSize(), i, -1));
    }
    for (int i = 0; i < literals.size(); i++) {
      Literal literal = literals.get(i);
      ranges.add(new Range(literal.offset(), literal.offset() + literal.length(), -1, i));
    }
    ranges.removeIf(range -> range.length() == 0);
    ranges.sort(Comparator.comparingLong(Range::begin));
    long at = 0;
    for (Range range : ranges) {
      checkNext(file, at, range.begin());
      at = range.end();
    }
    checkNext(file, at, layout.size());
    return new Chunks(layout.size(), chunkBytes, List.copyOf(ranges));
  }

  private static void checkNext(PlannedFile file, long at, long next) {
    if (at != next) {
      throw new IllegalArgumentException(
          "Cannot write "
              + file.path()
              + ": its layout is wrong, bytes "
              + Math.min(at, next)
              + " to "
              + Math.max(at, next)
              + (at < next ? " belong to nothing" : " belong to two things"));
    }
  }

  /** Number of chunks; an empty file has one. */
  int count() {
    return Math.max(1, Math.toIntExact((size + chunkBytes - 1) / chunkBytes));
  }

  long begin(int chunk) {
    return (long) chunk * chunkBytes;
  }

  long end(int chunk) {
    return Math.min(size, begin(chunk) + chunkBytes);
  }

  /** What lies in a chunk, in the order of the file, clipped to it. */
  List<Range> ranges(int chunk) {
    long low = begin(chunk);
    long high = end(chunk);
    List<Range> result = new ArrayList<>();
    for (int i = firstEndingAfter(low); i < ranges.size() && ranges.get(i).begin() < high; i++) {
      result.add(ranges.get(i).clipped(low, high));
    }
    return result;
  }

  private int firstEndingAfter(long position) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges.get(middle).end() <= position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
