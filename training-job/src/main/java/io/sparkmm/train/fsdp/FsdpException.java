package io.sparkmm.train.fsdp;

import java.util.Objects;

/** A model cannot be sharded, or was used against the rules of sharded models. */
public final class FsdpException extends RuntimeException {
  /** What went wrong. */
  public enum Kind {
    /** A setting or a module path does not fit the model or the group. */
    CONFIGURATION,
    /** A parameter has a shape, layout or type that cannot be sharded. */
    NOT_SHARDABLE,
    /** A parameter belongs to two groups. */
    SHARED_PARAMETER,
    /** A wrapped module was called outside the root's forward computation. */
    ROOT_NOT_CALLED,
    /** A weight was used while it was spread over the ranks. */
    SHARDED,
    /** A weight was only declared and never got values. */
    NOT_INITIALISED
  }

  private final Kind kind;

  /** Makes an exception. */
  public FsdpException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
