package io.sparkmm.data.job;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.Partitioner;

/** Sends the items of pictures with neighbouring numbers to one task. */
final class CocoRanges extends Partitioner {
  private static final long serialVersionUID = 1L;

  private final long[] bounds;

  private CocoRanges(long[] bounds) {
    this.bounds = bounds;
  }

  /**
   * Ranges of about equally many pictures.
   *
   * @param sample numbers of some of the pictures
   * @param parts most ranges
   */
  static CocoRanges of(List<Long> sample, int parts) {
    long[] sorted = sample.stream().mapToLong(Long::longValue).sorted().toArray();
    long[] bounds = new long[Math.max(0, Math.min(parts, sorted.length) - 1)];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = sorted[(int) ((long) (i + 1) * sorted.length / (bounds.length + 1))];
    }
    return new CocoRanges(Arrays.stream(bounds).distinct().toArray());
  }

  @Override
  public int numPartitions() {
    return bounds.length + 1;
  }

  @Override
  public int getPartition(Object key) {
    int found = Arrays.binarySearch(bounds, ((CocoKey) key).pictureId());
    return found >= 0 ? found + 1 : -found - 1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CocoRanges ranges && Arrays.equals(bounds, ranges.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }
}
