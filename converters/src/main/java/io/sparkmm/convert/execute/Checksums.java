package io.sparkmm.convert.execute;

import io.sparkmm.convert.manifest.Crc32;
import io.sparkmm.convert.plan.Literal;
import java.util.List;

/**
 * The checksums of a file whose chunks are written in any order: of each tensor, and of the whole.
 * Each chunk stores its parts under its own number; they are combined when all are there.
 */
final class Checksums {

  private final Chunks chunks;
  private final long[][] parts;

  Checksums(Chunks chunks) {
    this.chunks = chunks;
    this.parts = new long[chunks.count()][];
  }

  /** Stores the checksums of the ranges of a chunk, in their order; literals are not looked at. */
  void put(int chunk, long[] crc32) {
    parts[chunk] = crc32;
  }

  /** The checksum of each of {@code count} tensors. */
  long[] tensors(int count) {
    long[] result = new long[count];
    for (int chunk = 0; chunk < parts.length; chunk++) {
      List<Chunks.Range> ranges = chunks.ranges(chunk);
      for (int i = 0; i < ranges.size(); i++) {
        Chunks.Range range = ranges.get(i);
        if (range.tensor() >= 0) {
          result[range.tensor()] =
              Crc32.combine(result[range.tensor()], parts[chunk][i], range.length());
        }
      }
    }
    return result;
  }

  /**
   * The checksum of the file.
   *
   * @param literals the final ones
   */
  long file(List<Literal> literals) {
    long result = 0;
    for (int chunk = 0; chunk < parts.length; chunk++) {
      List<Chunks.Range> ranges = chunks.ranges(chunk);
      for (int i = 0; i < ranges.size(); i++) {
        Chunks.Range range = ranges.get(i);
        long part =
            range.literal() >= 0
                ? Crc32.of(Literals.part(literals.get(range.literal()), range))
                : parts[chunk][i];
        result = Crc32.combine(result, part, range.length());
      }
    }
    return result;
  }
}
