package io.sparkmm.train.report;

import io.sparkmm.train.metrics.RankWaits;
import io.sparkmm.train.metrics.TimeSplit;
import io.sparkmm.train.metrics.WorkerTimes;
import java.util.Objects;

/** Where one rank's time went since the program began, and how long it waited for others. */
final class WorkerHistory {
  private TimeSplit sum = TimeSplit.NONE;
  private long iterations;
  private WorkerTimes latest;
  private double waitedMillis;
  private double comparedMillis;
  private long slowest;
  private long compared;

  /** Begins with a report. */
  WorkerHistory(WorkerTimes first) {
    latest = Objects.requireNonNull(first, "first");
    add(first);
  }

  void add(WorkerTimes times) {
    sum = sum.plus(times.times());
    iterations += times.iterations();
    if (times.iterations() > 0) {
      latest = times;
    }
  }

  void add(RankWaits.Interval waits, int rank) {
    waitedMillis += waits.waitedMillis().get(rank);
    slowest += waits.slowest().get(rank);
    compared += waits.lastIteration() - waits.firstIteration() + 1;
    comparedMillis += waits.totalMillis();
  }

  /** Means of an iteration over all of them. */
  TimeSplit mean() {
    return sum.times(1.0 / Math.max(1, iterations));
  }

  /** Means of an iteration over the interval that was reported last. */
  TimeSplit latestMean() {
    return latest.times().times(1.0 / Math.max(1, latest.iterations()));
  }

  long residentBytes() {
    return latest.residentBytes();
  }

  /** Share of the time that this rank waited for others. */
  double waitingShare() {
    return comparedMillis <= 0 ? 0 : waitedMillis / comparedMillis;
  }

  /** Milliseconds of an iteration that this rank waited for others. */
  double waitedPerIteration() {
    return waitedMillis / Math.max(1, compared);
  }

  /** Share of the iterations in which the others waited for this rank. */
  double slowestShare() {
    return (double) slowest / Math.max(1, compared);
  }
}
