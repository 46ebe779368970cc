package io.sparkmm.quickstart;

/** A stage of the quickstart failed; its verb has printed the cause. */
final class QuickstartException extends RuntimeException {
  private final int exitCode;

  QuickstartException(String verb, int exitCode) {
    super("Cannot go on: " + verb + " ended with exit code " + exitCode + "; its message is above");
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
