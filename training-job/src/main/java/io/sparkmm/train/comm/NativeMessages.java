package io.sparkmm.train.comm;

/** Text of exceptions that come out of libtorch. */
final class NativeMessages {
  private NativeMessages() {}

  /** The message without the native stack trace that follows it. */
  static String firstLine(RuntimeException problem) {
    String message = String.valueOf(problem.getMessage()).strip();
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end).strip();
  }
}
