package io.sparkmm.train.launch;

import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * How a {@link BarrierJob} runs.
 *
 * @param name what the job does, for Spark's job list
 * @param workers number of workers, at least 1
 * @param masterPort port that rank 0 listens on; a free one is picked when absent
 * @param endGrace how long a worker may take to end after it was told to
 * @param causeGrace how long the driver waits, after a worker reported a lost peer, for a report of
 *     what became of that peer
 */
public record BarrierOptions(
    String name, int workers, OptionalInt masterPort, Duration endGrace, Duration causeGrace) {
  public BarrierOptions {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(masterPort, "masterPort");
    Objects.requireNonNull(endGrace, "endGrace");
    Objects.requireNonNull(causeGrace, "causeGrace");
    if (workers < 1) {
      throw new IllegalArgumentException("Cannot run a job of " + workers + " workers");
    }
  }

  /** Options with a free port, 15 s to end and 5 s to find the cause. */
  public static BarrierOptions of(String name, int workers) {
    return new BarrierOptions(
        name, workers, OptionalInt.empty(), Duration.ofSeconds(15), Duration.ofSeconds(5));
  }

  /** The same options with a fixed port. */
  public BarrierOptions withMasterPort(OptionalInt port) {
    return new BarrierOptions(name, workers, port, endGrace, causeGrace);
  }
}
