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
 * @param npus whether each worker has an NPU of its own, given by Spark; their processes end with a
 *     failed attempt, since only that frees an NPU for the next one
 */
public record BarrierOptions(
    String name, int workers, OptionalInt masterPort, Patience patience, boolean npus) {
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
    return new BarrierOptions(name, workers, OptionalInt.empty(), Patience.DEFAULT, false);
  }

  /** The same options with a fixed port. */
  public BarrierOptions withMasterPort(OptionalInt port) {
    return new BarrierOptions(name, workers, port, patience, npus);
  }

  /** The same options with other limits. */
  public BarrierOptions withPatience(Patience limits) {
    return new BarrierOptions(name, workers, masterPort, limits, npus);
  }

  /** The same options for workers with or without NPUs. */
  public BarrierOptions withNpus(boolean use) {
    return new BarrierOptions(name, workers, masterPort, patience, use);
  }
}
