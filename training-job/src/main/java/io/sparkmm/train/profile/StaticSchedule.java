package io.sparkmm.train.profile;

import java.util.Objects;
import java.util.Optional;

/**
 * One window of a run: the first {@code skipped} iterations are left out, then {@code endStep -
 * skipped} are recorded.
 */
final class StaticSchedule implements ProfileSchedule {
  private final TraceSettings settings;
  private final int skipped;
  private final int steps;

  StaticSchedule(TraceSettings settings, int skipped, int endStep) {
    if (skipped < 0 || endStep <= skipped) {
      throw new IllegalArgumentException(
          "Cannot record from start_step " + skipped + " to end_step " + endStep);
    }
    this.settings = Objects.requireNonNull(settings, "settings");
    this.skipped = skipped;
    this.steps = endStep - skipped;
  }

  @Override
  public Optional<Start> startAt(long step) {
    return step == skipped + 1L ? Optional.of(new Start(settings, steps)) : Optional.empty();
  }
}
