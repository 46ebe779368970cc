package io.sparkmm.train.launch;

import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.metrics.IterationRecord;
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

  /** The model is built, the data are open; only rank 0 reports it, once per attempt. */
  default void started(TrainStart start) {}

  /** A worker tells where its time went; every rank does, about once per log interval. */
  default void times(WorkerTimes times) {}
}
