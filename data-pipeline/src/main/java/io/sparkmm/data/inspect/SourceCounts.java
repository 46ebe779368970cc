package io.sparkmm.data.inspect;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Records and tokens by source file. Only so many sources are told apart; the others are counted
 * together. Not thread-safe.
 */
public final class SourceCounts {
  /** Sources that are told apart. */
  public static final int MAX_SOURCES = 1000;

  private final Map<String, long[]> counts = new HashMap<>();
  private final long[] others = new long[2];

  /**
   * What came from a source.
   *
   * @param name file or table, as in the records' ids
   * @param records samples, or records of packed rows
   * @param tokens their token ids
   */
  public record Source(String name, long records, long tokens) {}

  /** Counts a record by its id, which is source and number. */
  void add(String id, long tokens) {
    int end = id.lastIndexOf('#');
    String name = end < 0 ? id : id.substring(0, end);
    long[] known = counts.get(name);
    if (known == null) {
      known = counts.size() < MAX_SOURCES ? new long[2] : others;
      if (known != others) {
        counts.put(name, known);
      }
    }
    known[0]++;
    known[1] += tokens;
  }

  /** The sources, those with most records first. */
  public List<Source> sources() {
    return counts.entrySet().stream()
        .map(entry -> new Source(entry.getKey(), entry.getValue()[0], entry.getValue()[1]))
        .sorted(Comparator.comparingLong(Source::records).reversed().thenComparing(Source::name))
        .toList();
  }

  /** Records of the sources that are not told apart. */
  public long otherRecords() {
    return others[0];
  }
}
