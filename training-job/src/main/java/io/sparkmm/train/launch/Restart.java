package io.sparkmm.train.launch;

import java.util.Objects;

/**
 * One more attempt after a failure.
 *
 * @param attempt number of the new attempt; the first one of a run is 1
 * @param fromIteration iterations that the new attempt need not do again; 0 to start from the
 *     beginning
 * @param reason what the attempt before failed of
 */
public record Restart(int attempt, long fromIteration, String reason) {
  public Restart {
    Objects.requireNonNull(reason, "reason");
  }

  /** The restart as a line of a log. */
  public String line() {
    return "attempt "
        + attempt
        + (fromIteration == 0
            ? " starts from the beginning, since there is no complete checkpoint, after: "
            : " goes on from iteration " + fromIteration + " after: ")
        + reason;
  }
}
