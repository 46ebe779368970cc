package io.sparkmm.train.launch;

import io.sparkmm.train.npu.host.HostException;

/**
 * Copy of an exception of another process: class name and message as text, with its stack traces
 * and causes. The original may not be serializable, or its class not known here.
 */
final class RemoteError extends Exception {
  private static final int MAX_DEPTH = 16;

  private RemoteError(String message, RemoteError cause) {
    super(message, cause, false, true);
  }

  /** Mirrors a throwable with its causes. */
  static RemoteError of(Throwable error) {
    return of(error, 0);
  }

  /** Makes an error that has only a message. */
  static RemoteError withoutStack(String message) {
    RemoteError error = new RemoteError(message, null);
    error.setStackTrace(new StackTraceElement[0]);
    return error;
  }

  private static RemoteError of(Throwable error, int depth) {
    Throwable cause = error.getCause();
    RemoteError mirroredCause = cause == null || depth == MAX_DEPTH ? null : of(cause, depth + 1);
    RemoteError mirror = new RemoteError(describe(error), mirroredCause);
    mirror.setStackTrace(error.getStackTrace());
    return mirror;
  }

  private static String describe(Throwable error) {
    if (error instanceof RemoteError) {
      return error.getMessage();
    }
    if (error instanceof LaunchException || error instanceof HostException) {
      return error.getMessage();
    }
    return error.toString();
  }

  @Override
  public String toString() {
    return getMessage();
  }
}
