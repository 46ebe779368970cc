package io.sparkmm.train.loop;

import java.util.List;

/**
 * Is told what a {@link Trainer} does, on the trainer's thread. An exception that it throws ends
 * the training of its rank.
 */
public interface TrainListener {
  /** Does nothing. */
  TrainListener NONE = new TrainListener() {};

  /** A listener that tells several others, in order. */
  static TrainListener all(List<TrainListener> listeners) {
    return new ListenerChain(listeners);
  }

  /** The model is built and sharded, the data are open. */
  default void onStart(TrainStart start) {}

  /** An iteration begins; the state is the one before it. */
  default void onIterationStart(TrainState state) {}

  /**
   * A phase of an iteration is done on this rank.
   *
   * @param startNanos {@link System#nanoTime} at its beginning
   * @param endNanos the same at its end
   */
  default void onPhase(Phase phase, long startNanos, long endNanos) {}

  /** An iteration is done, on every rank. */
  default void onIteration(IterationStats stats) {}

  /** A validation is done, on every rank. */
  default void onEvaluation(EvaluationStats stats) {}

  /**
   * The state has been kept, if it was time to.
   *
   * @param millis how long training stood still for it
   */
  default void onCheckpoint(long iteration, double millis) {}

  /** The training is over, by its length or by a request. */
  default void onEnd(TrainResult result) {}

  /**
   * Whether training should end after the running iteration. Asked once per iteration on every
   * rank; one rank that says yes stops all of them at the same iteration.
   */
  default boolean stopRequested() {
    return false;
  }
}
