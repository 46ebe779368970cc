package io.sparkmm.train.launch;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * How a {@link BarrierJob} runs.
 *
 * @param name what the job does, for Spark's job list
 * @param workers number of workers, at least 1
 * @param masterPort port that rank 0 listens on; a free one is picked when absent
 * @param patience how long the job waits for what
 */
public record BarrierOptions(String name, int workers, OptionalInt masterPort, Patience patience) {
  public BarrierOptions {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(masterPort, "masterPort");
    Objects.requireNonNull(patience, "patience");
    if (workers < 1) {
      throw new IllegalArgumentException("Cannot run a job of " + workers + " workers");
    }
  }

  /** Options with a free port and {@link Patience#DEFAULT}. */
  public static BarrierOptions of(String name, int workers) {
    return new BarrierOptions(name, workers, OptionalInt.empty(), Patience.DEFAULT);
  }

  /** The same options with a fixed port. */
  public BarrierOptions withMasterPort(OptionalInt port) {
    return new BarrierOptions(name, workers, port, patience);
  }

  /** The same options with other limits. */
  public BarrierOptions withPatience(Patience limits) {
    return new BarrierOptions(name, workers, masterPort, limits);
  }
}
