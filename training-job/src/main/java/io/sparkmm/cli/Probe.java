package io.sparkmm.cli;

import java.util.List;

/** Looks at one part of the environment. */
@FunctionalInterface
interface Probe {

  /** What was found. Does not throw for what is missing: that is a finding. */
  List<Finding> look();

  /** The first line of a failure, with its class, since many native failures have no message. */
  static String describe(Throwable failure) {
    String message = failure.getMessage() == null ? "" : failure.getMessage();
    String firstLine = message.lines().findFirst().orElse("");
    return failure.getClass().getSimpleName() + (firstLine.isEmpty() ? "" : ": " + firstLine);
  }
}
