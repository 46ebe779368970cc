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
    /** A loss per token is wanted of data that nobody has counted. */
    NO_LOOK_AHEAD,
    /** A loss is not a finite number. */
    LOSS_NOT_FINITE,
    /** The gradient norm is not a finite number. */
    GRADIENT_NOT_FINITE
  }

  private final Kind kind;
  private final boolean ofPeer;

  /** Makes an exception. */
  public TrainingException(Kind kind, String message) {
    this(kind, message, false);
  }

  private TrainingException(Kind kind, String message, boolean ofPeer) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
    this.ofPeer = ofPeer;
  }

  /** What another rank ran into, and told this one. */
  static TrainingException ofPeer(Kind kind, String message) {
    return new TrainingException(kind, message, true);
  }

  /** Whether another rank is the cause, and knows more. */
  public boolean ofPeer() {
    return ofPeer;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
