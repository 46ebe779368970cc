package io.sparkmm.train.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Finds workers that are alive but make no progress, from their beats. A worker that waits for
 * others is not held responsible, unless all of them wait. Not safe for several threads.
 */
final class StallDetector {
  /** Phase of the iterations; all others have three times as long. */
  static final String TRAIN = "train";

  private static final int SLOW_PHASES = 3;

  /** A worker that was not heard of for so long is not known to wait any more. */
  private static final long SILENCE_NANOS = Duration.ofSeconds(20).toNanos();

  private final Duration limit;
  private final LongSupplier nanoTime;
  private final Map<Integer, State> states = new TreeMap<>();

  StallDetector(Duration limit, LongSupplier nanoTime) {
    this.limit = limit;
    this.nanoTime = nanoTime;
  }

  /**
   * A worker that holds up the run.
   *
   * @param rank its rank
   * @param text what is known of it, as part of a sentence
   */
  record Stall(int rank, String text) {}

  private record State(ProgressMessage.Beat beat, long changedNanos, long seenNanos) {}

  void joined(String runId, int rank) {
    beat(new ProgressMessage.Beat(runId, rank, "start", 0, 0, ""));
  }

  void beat(ProgressMessage.Beat beat) {
    long now = nanoTime.getAsLong();
    State before = states.get(beat.rank());
    boolean same =
        before != null
            && before.beat.phase().equals(beat.phase())
            && before.beat.step() == beat.step()
            && before.beat.moves() == beat.moves();
    states.put(beat.rank(), new State(beat, same ? before.changedNanos : now, now));
  }

  /** A worker has ended and may be silent. */
  void ended(int rank) {
    states.remove(rank);
  }

  /** The worker that holds up the run, if one was without progress for too long. */
  Optional<Stall> check() {
    List<Map.Entry<Integer, State>> stuck = new ArrayList<>();
    for (Map.Entry<Integer, State> entry : states.entrySet()) {
      if (still(entry.getValue()).compareTo(limitOf(entry.getValue())) > 0) {
        if (!waits(entry.getValue())) {
          return Optional.of(new Stall(entry.getKey(), describe(entry.getValue())));
        }
        stuck.add(entry);
      }
    }
    if (stuck.isEmpty() || stuck.size() < states.size()) {
      return Optional.empty();
    }
    String all =
        stuck.stream()
            .map(entry -> "rank " + entry.getKey() + " in " + entry.getValue().beat.waitsFor())
            .collect(Collectors.joining(", "));
    return Optional.of(
        new Stall(
            stuck.get(0).getKey(),
            describe(stuck.get(0).getValue()) + "; all workers wait for each other: " + all));
  }

  /** The workers that others may be waiting for, in words; empty if all wait. */
  String suspects() {
    return states.entrySet().stream()
        .filter(entry -> !waits(entry.getValue()))
        .map(
            entry ->
                String.format(
                    Locale.ROOT,
                    "rank %d has been busy in phase %s, iteration %d, for %.0f s",
                    entry.getKey(),
                    entry.getValue().beat.phase(),
                    entry.getValue().beat.step(),
                    still(entry.getValue()).toMillis() / 1e3))
        .collect(Collectors.joining(", "));
  }

  private boolean waits(State state) {
    return !state.beat.waitsFor().isEmpty()
        && nanoTime.getAsLong() - state.seenNanos < SILENCE_NANOS;
  }

  private Duration still(State state) {
    return Duration.ofNanos(nanoTime.getAsLong() - state.changedNanos);
  }

  private Duration limitOf(State state) {
    return state.beat.phase().equals(TRAIN) ? limit : limit.multipliedBy(SLOW_PHASES);
  }

  private String describe(State state) {
    long silent = nanoTime.getAsLong() - state.seenNanos;
    return String.format(
        Locale.ROOT,
        "no progress for %.0f s in phase %s, the limit is %d s (--distributed-timeout-minutes)%s",
        still(state).toMillis() / 1e3,
        state.beat.phase(),
        limitOf(state).toSeconds(),
        silent > SILENCE_NANOS
            ? String.format(Locale.ROOT, "; nothing was heard of it for %.0f s", silent / 1e9)
            : "");
  }
}
