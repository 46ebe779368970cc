package io.sparkmm.train.metrics;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A log line about ranks that others wait for. There is one only where it is worth looking at: the
 * others wait for a tenth of their time or more, most of it for one rank.
 */
public final class WaitingLine {
  private static final double NOTABLE_SHARE = 0.1;

  private WaitingLine() {}

  /**
   * The line, if the waiting is notable. It begins with a blank and has no line end.
   *
   * @param hosts for each rank, where it runs
   */
  public static Optional<String> of(RankWaits.Interval waits, List<String> hosts) {
    int rank = waits.slowestRank();
    long iterations = waits.lastIteration() - waits.firstIteration() + 1;
    if (waits.waitingShare() < NOTABLE_SHARE || waits.slowest().get(rank) * 2L <= iterations) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            " waiting for rank %d (%s), the slowest in %d of iterations %d to %d, mostly by its"
                + " %s; the others waited %.0f %% of the time",
            rank,
            rank < hosts.size() ? hosts.get(rank) : "unknown host",
            waits.slowest().get(rank),
            waits.firstIteration(),
            waits.lastIteration(),
            waits.reason(),
            100 * waits.waitingShare()));
  }
}
