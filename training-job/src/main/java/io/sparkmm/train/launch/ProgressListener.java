package io.sparkmm.train.launch;

import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.metrics.WorkerTimes;

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
   * A worker finished a validation; by convention only rank 0 reports them.
   *
   * @param afterTraining whether it is the one after the last iteration
   */
  default void validation(ValidationRecord values, boolean afterTraining) {}

  /** A worker has something to say to the user: one line. */
  default void note(int rank, String text) {}

  /** The model is built, the data are open; only rank 0 reports it, once per attempt. */
  default void started(TrainStart start) {}

  /** A worker tells where its time went; every rank does, about once per log interval. */
  default void times(WorkerTimes times) {}

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
