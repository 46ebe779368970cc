package io.sparkmm.train.launch;

import java.util.Objects;

/**
 * A training job cannot be started or has failed; {@link #kind()} says which of the two and why.
 */
public class LaunchException extends RuntimeException {
  /** What went wrong. */
  public enum Kind {
    /** The Spark application is configured in a way that a barrier stage of workers cannot use. */
    SPARK_SETTINGS,
    /** There are fewer task slots than workers. */
    SLOTS,
    /** The port of the rendezvous is taken. */
    PORT_BUSY,
    /** The workers did not find each other. */
    RENDEZVOUS,
    /** The training settings are wrong or not supported. */
    SETTINGS,
    /** An input of the job is missing or damaged. */
    INPUT,
    /** The output cannot be written. */
    OUTPUT,
    /** Spark started the stage again after a failure, which is the job's own business. */
    RESTARTED,
    /** A worker failed. */
    WORKER,
    /** A worker's process is gone. */
    LOST,
    /** A device is still held by another process. */
    DEVICE_BUSY,
    /** A checkpoint cannot be read because it is damaged. */
    CHECKPOINT,
    /** A worker is alive but makes no progress. */
    STALLED,
    /** The job was cancelled from outside. */
    CANCELLED
  }

  private final Kind kind;

  /** Makes an exception without a cause. */
  public LaunchException(Kind kind, String message) {
    super(message);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** Makes an exception with a cause. */
  public LaunchException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
