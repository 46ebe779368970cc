package io.sparkmm.train.fault;

import java.util.Locale;

/** What a worker is doing when a fault strikes. */
public enum Moment {
  /** Inside an iteration, before the forward pass of its last micro-batch. */
  STEP,
  /**
   * Inside an iteration, between the start and the end of its first exchange with other workers.
   */
  COLLECTIVE,
  /** While a checkpoint of an iteration is being written. */
  SAVE,
  /** While the trained model is being exported, inside the first exchange with other workers. */
  EXPORT;

  /** Name in a fault plan. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
