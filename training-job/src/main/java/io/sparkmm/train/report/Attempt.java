package io.sparkmm.train.report;

import java.time.LocalDateTime;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One try of a run: from its workers' start to their end.
 *
 * @param begun wall time of its first worker's start
 * @param firstIteration the iteration that it began with; empty while it has done none
 * @param lastIteration the last one that it finished
 * @param end why it ended; empty while it runs
 */
record Attempt(
    LocalDateTime begun,
    OptionalLong firstIteration,
    OptionalLong lastIteration,
    Optional<String> end) {
  static Attempt begin(LocalDateTime now) {
    return new Attempt(now, OptionalLong.empty(), OptionalLong.empty(), Optional.empty());
  }

  Attempt reached(long iteration) {
    return new Attempt(
        begun,
        firstIteration.isPresent() ? firstIteration : OptionalLong.of(iteration),
        OptionalLong.of(iteration),
        end);
  }

  Attempt ended(String why) {
    return new Attempt(begun, firstIteration, lastIteration, Optional.of(why));
  }
}
