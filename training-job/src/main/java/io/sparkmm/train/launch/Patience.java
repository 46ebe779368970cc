package io.sparkmm.train.launch;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

/**
 * How long a job waits for what; no wait is without end.
 *
 * @param end how long a worker may take to end after it was told to; after that its process is
 *     ended, where it has one of its own
 * @param cause how long the driver waits, after a worker reported a lost peer, for a report of what
 *     became of that peer
 * @param stall how long a worker may show no progress in an iteration; three times as long in the
 *     phases before, after and between them, such as loading, saving and exporting
 * @param slots how long all workers together may take to get their task slots
 */
public record Patience(Duration end, Duration cause, Duration stall, Duration slots)
    implements Serializable {
  /** 15 s to end, 5 s to find the cause, 10 minutes without progress, 10 minutes for slots. */
  public static final Patience DEFAULT =
      new Patience(
          Duration.ofSeconds(15),
          Duration.ofSeconds(5),
          Duration.ofMinutes(10),
          Duration.ofMinutes(10));

  public Patience {
    Objects.requireNonNull(end, "end");
    Objects.requireNonNull(cause, "cause");
    Objects.requireNonNull(stall, "stall");
    Objects.requireNonNull(slots, "slots");
  }

  /** The same limits with another one for workers without progress. */
  public Patience withStall(Duration limit) {
    return new Patience(end, cause, limit, slots);
  }

  /** The same limits with another one for slots. */
  public Patience withSlots(Duration limit) {
    return new Patience(end, cause, stall, limit);
  }

  /** The same limits with another one for workers that have to end. */
  public Patience withEnd(Duration limit) {
    return new Patience(limit, cause, stall, slots);
  }
}
