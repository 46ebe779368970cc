package io.sparkmm.train.model;

import java.util.Objects;

/** A model cannot be built, loaded, saved or run on some input. */
public final class ModelException extends RuntimeException {
  /** What went wrong. */
  public enum Kind {
    /** A configuration file or value that no model can be built from. */
    CONFIG,
    /** A model family that is not registered, or registered twice. */
    UNKNOWN_MODEL,
    /** A batch whose ids, grids and pixels do not fit together. */
    BATCH,
    /** A micro-batch without any target to learn from. */
    NO_TARGETS,
    /** Weight files that do not fit the model. */
    WEIGHTS,
    /** Weight files that cannot be read or written. */
    IO
  }

  private final Kind kind;

  /** Makes an exception of a kind; the message says what could not be done and why. */
  public ModelException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** Makes an exception with a cause. */
  public ModelException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
