package io.sparkmm.train.npu.host;

/**
 * This host or its setting cannot serve NPU workers, and another attempt would not change that; the
 * message says what is missing and what to do.
 */
public final class HostException extends RuntimeException {
  /** Makes an exception with a complete message. */
  public HostException(String message) {
    super(message);
  }

  /** Makes an exception with a complete message and what it was found by. */
  public HostException(String message, Throwable cause) {
    super(message, cause);
  }
}
