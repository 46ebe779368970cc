package io.sparkmm.train.launch;

import io.sparkmm.train.metrics.EvaluationRecord;
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

  /** A worker finished a validation; by convention only rank 0 reports them. */
  default void evaluation(EvaluationRecord values) {}

  /** A worker has something to say to the user: one line. */
  default void note(int rank, String text) {}
}
