package io.sparkmm.data.order;

/**
 * Which samples are processed at which point of a training run. The whole state of a run is one
 * number, the samples consumed so far by all workers together, so that resuming costs nothing and
 * gives the steps of the undisturbed run.
 *
 * <p>Orders have no end: after a pass over the data set the next one begins. They are immutable in
 * effect and safe for use by several threads.
 */
public interface SampleOrder {
  /** What the order was made of. */
  OrderSettings settings();

  /**
   * The step that starts at a consumed-samples count.
   *
   * @param consumed samples consumed by all workers so far, at least 0
   * @throws IllegalArgumentException if the count is negative
   */
  OrderStep at(long consumed);

  /** Steps of one pass over the data set. */
  int stepsPerPass();
}
