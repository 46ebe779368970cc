package io.sparkmm.train.comm;

/**
 * A collective operation failed: a peer is gone, it did not answer in time, or the ranks do
 * different things.
 */
public final class CollectiveException extends RuntimeException {
  /** Makes an exception that says what was done, on which rank, and what went wrong. */
  public CollectiveException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Makes an exception without a cause of its own. */
  public CollectiveException(String message) {
    super(message);
  }
}
