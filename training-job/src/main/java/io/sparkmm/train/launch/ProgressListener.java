package io.sparkmm.train.launch;

import io.sparkmm.train.metrics.IterationRecord;

/**
 * Hears on the driver what the workers report. Called from one thread at a time, in the order in
 * which a worker reported; must be quick. An exception ends the job.
 */
public interface ProgressListener {
  /** A worker has its place and starts. */
  default void joined(WorkerPlace place) {}

  /** A worker finished an iteration and wants it known; by convention only rank 0 reports them. */
  default void iteration(IterationRecord values) {}

  /**
   * A fault of the run's {@link io.sparkmm.train.fault.FaultPlan} is about to happen.
   *
   * @param number number of the fault in the run
   */
  default void fault(int number) {}

  /**
   * An attempt failed and another one is about to start. Iterations after the one that it goes on
   * from are done, and reported, once more.
   */
  default void restarted(Restart restart) {}
}
