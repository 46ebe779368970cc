package io.sparkmm.train.metrics;

import java.io.Serializable;
import java.util.Objects;

/**
 * What one rank tells of its time in some iterations that follow each other.
 *
 * @param rank the rank
 * @param firstIteration first of the iterations
 * @param times sums over the iterations; {@code save} may be of the iteration before, too
 * @param communication milliseconds inside exchanges with other ranks, for each iteration
 * @param residentBytes memory of the rank's process; 0 where it is not known
 */
public record WorkerTimes(
    int rank, long firstIteration, TimeSplit times, float[] communication, long residentBytes)
    implements Serializable {
  public WorkerTimes {
    Objects.requireNonNull(times, "times");
    communication = communication.clone();
  }

  /** Milliseconds inside exchanges, for each iteration. */
  @Override
  public float[] communication() {
    return communication.clone();
  }

  /** Number of iterations. */
  public int iterations() {
    return communication.length;
  }

  /** Last of the iterations; one less than the first when there are none. */
  public long lastIteration() {
    return firstIteration + iterations() - 1;
  }
}
