package io.sparkmm.train.input;

import java.util.Objects;

/** Training data cannot be read, or do not fit together. */
public final class InputException extends RuntimeException {
  /** What went wrong. */
  public enum Kind {
    /** A sample or one of its pictures cannot be read. */
    UNREADABLE,
    /** A sample's tokens, grids and pictures contradict each other. */
    INCONSISTENT,
    /** The reader was closed or interrupted while somebody waited for it. */
    CLOSED
  }

  private final Kind kind;

  /** Makes an exception. */
  public InputException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** Makes an exception with a cause. */
  public InputException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
