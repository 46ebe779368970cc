package io.sparkmm.train.profile;

import java.util.Optional;

/** Says when an iteration is recorded. Asked once per iteration, in order. */
interface ProfileSchedule {
  /**
   * What begins with an iteration.
   *
   * @param step number of the iteration in this run, from 1
   */
  Optional<Start> startAt(long step);

  /**
   * A window.
   *
   * @param settings what is recorded
   * @param steps its length, at least 1
   */
  record Start(TraceSettings settings, int steps) {}
}
