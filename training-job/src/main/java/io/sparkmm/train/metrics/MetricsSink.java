package io.sparkmm.train.metrics;

/** Keeps what a run tells of itself. Called on one thread at a time. */
public interface MetricsSink extends AutoCloseable {
  /** An iteration is done. */
  void iteration(IterationRecord values);

  /** A rank tells of its time. */
  default void times(WorkerTimes times) {}

  /** The model was validated. */
  default void validation(ValidationRecord values) {}

  /**
   * The run begins again after an iteration: what came later is going to come again.
   *
   * @param iteration last iteration that counts; 0 for none
   */
  void rewind(long iteration);

  /** A log interval is over: what was kept so far should be seen by readers. */
  default void flush() {}

  @Override
  void close();
}
