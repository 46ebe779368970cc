package io.sparkmm.train.loop;

/**
 * Keeps the state of a run and brings it back. A {@link Trainer} calls it on its own thread, on
 * every rank at the same points.
 */
public interface Checkpoints extends AutoCloseable {
  /** Keeps nothing; every run starts at the beginning. */
  Checkpoints NONE = new Checkpoints() {};

  /**
   * Puts a kept state into the model and the optimizer, before the data are opened.
   *
   * @param fresh the state of a run that starts
   * @return where the run goes on
   */
  default TrainPosition restore(TrainState fresh) {
    return fresh.position();
  }

  /** Called after every iteration; keeps the state if it is time to. */
  default void afterIteration(TrainState state) {}

  /** Called before every update of the weights, which what is being kept may still be read from. */
  default void beforeUpdate() {}

  /** Called once after the last iteration, also when a request ended the run early. */
  default void atEnd(TrainState state) {}

  /** Lets go of what is held; a state that is not complete by now is given up. */
  @Override
  default void close() {}
}
