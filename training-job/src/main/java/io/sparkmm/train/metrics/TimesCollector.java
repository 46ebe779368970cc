package io.sparkmm.train.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Adds a rank's times up, so that they are told once per log interval instead of once per
 * iteration; long iterations are told after some seconds. An object belongs to one thread.
 */
public final class TimesCollector {
  private final int rank;
  private final int interval;
  private final long patienceNanos;
  private final LongSupplier nanoTime;
  private final List<Float> communication = new ArrayList<>();
  private TimeSplit sum = TimeSplit.NONE;
  private long next = 1;
  private long toldNanos;

  /**
   * Makes an empty collector.
   *
   * @param interval iterations of a log interval
   * @param patience longest time between two reports, iterations permitting
   * @param nanoTime clock
   */
  public TimesCollector(int rank, int interval, Duration patience, LongSupplier nanoTime) {
    this.rank = rank;
    this.interval = interval;
    this.patienceNanos = patience.toNanos();
    this.nanoTime = nanoTime;
    toldNanos = nanoTime.getAsLong();
  }

  /** Takes an iteration; a report if it is time for one. */
  public Optional<WorkerTimes> add(long iteration, TimeSplit times) {
    sum = sum.plus(times);
    communication.add((float) times.communication());
    next = iteration + 1;
    boolean late = nanoTime.getAsLong() - toldNanos >= patienceNanos;
    return iteration % interval == 0 || late ? take() : Optional.empty();
  }

  /** Takes the time that keeping the state took after an iteration. */
  public void saved(double millis) {
    sum = sum.plusSave(millis);
  }

  /** What has not been told yet. */
  public Optional<WorkerTimes> take() {
    if (communication.isEmpty() && sum.save() == 0) {
      return Optional.empty();
    }
    float[] each = new float[communication.size()];
    for (int i = 0; i < each.length; i++) {
      each[i] = communication.get(i);
    }
    WorkerTimes times =
        new WorkerTimes(rank, next - each.length, sum, each, ResidentMemory.current());
    communication.clear();
    sum = TimeSplit.NONE;
    toldNanos = nanoTime.getAsLong();
    return Optional.of(times);
  }
}
