package io.sparkmm.data.job;

import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/** Counts lengths in ranges whose bounds are powers of two; not thread-safe. */
final class LengthHistogram {
  private static final int BAR_WIDTH = 40;

  private final SortedMap<Integer, Long> counts = new TreeMap<>();
  private long total;
  private long sum;
  private int shortest = Integer.MAX_VALUE;
  private int longest;

  void add(int length) {
    counts.merge(lowerBound(length), 1L, Long::sum);
    total++;
    sum += length;
    shortest = Math.min(shortest, length);
    longest = Math.max(longest, length);
  }

  /** A line with the extremes and the mean, and a bar for each range; empty without lengths. */
  String text() {
    if (total == 0) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "tokens per sample: %,d to %,d, mean %,.1f\n",
            shortest,
            longest,
            (double) sum / total));
    long most = counts.values().stream().mapToLong(Long::longValue).max().orElseThrow();
    counts.forEach(
        (from, count) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "  %,7d - %,7d %,10d %s\n",
                    from,
                    Math.max(from, 2 * from - 1),
                    count,
                    "#".repeat((int) Math.ceil((double) BAR_WIDTH * count / most)))));
    return text.toString();
  }

  private static int lowerBound(int length) {
    return Integer.highestOneBit(length);
  }
}
