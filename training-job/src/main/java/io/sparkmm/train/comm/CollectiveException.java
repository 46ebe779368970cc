package io.sparkmm.train.comm;

/** A collective operation failed: a peer is gone, or it did not answer in time. */
public final class CollectiveException extends RuntimeException {
  /** Makes an exception that says what was done, on which rank, and what went wrong. */
  public CollectiveException(String message, Throwable cause) {
    super(message, cause);
  }
}
