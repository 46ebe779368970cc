package io.sparkmm.train.checkpoint;

import java.util.Objects;

/** A checkpoint cannot be written or read; the message names file, tensor or option. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  public enum Kind {
    /** There is no checkpoint where one has to be. */
    NOT_FOUND,
    /** The tracker file does not name a checkpoint. */
    TRACKER,
    /** The folder holds something else than a distributed checkpoint. */
    FORMAT,
    /** A file is missing or its bytes are not those that were written. */
    DAMAGED,
    /** A tensor of the model or the optimizer is not in the checkpoint. */
    MISSING,
    /** A tensor has another shape or type than the model wants. */
    MISMATCH,
    /** The checkpoint has no state of the optimizer, the schedule or the random generators. */
    NO_STATE,
    /** The stored learning-rate schedule is not that of the arguments. */
    SCHEDULE,
    /** The folder cannot be written to, or the disk is full. */
    WRITE
  }

  private final Kind kind;

  /** Makes an exception. */
  public CheckpointException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** Makes an exception with what caused it; null for nothing. */
  public CheckpointException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
