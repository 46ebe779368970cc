package io.sparkmm.train.loop;

import java.util.Objects;

/** Training cannot start or cannot go on. */
public final class TrainingException extends RuntimeException {
  /** What went wrong. */
  public enum Kind {
    /** Sizes of batches and group do not fit. */
    BATCH_SIZES,
    /** No data for this rank. */
    NO_DATA,
    /** No parameter is trained. */
    NOTHING_TO_TRAIN,
    /** A loss is not a finite number. */
    LOSS_NOT_FINITE,
    /** The gradient norm is not a finite number. */
    GRADIENT_NOT_FINITE
  }

  private final Kind kind;

  /** Makes an exception. */
  public TrainingException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
