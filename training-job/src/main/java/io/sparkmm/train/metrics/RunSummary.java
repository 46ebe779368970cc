package io.sparkmm.train.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Throughput of a run as launch scripts compute it from the log: over iterations 51 to 150, or in a
 * shorter run over the last 100 of the iterations there are. Holds no more than that.
 */
public final class RunSummary {
  /** Name under which the loss function reports the mean length of a sample in tokens. */
  public static final String TOKENS_PER_SAMPLE = "tokens per sample";

  private static final int LAST_ITERATION = 150;
  private static final int WINDOW = 100;

  private final List<IterationRecord> first = new ArrayList<>();

  /** Takes the next iteration. */
  public void add(IterationRecord values) {
    if (first.size() < LAST_ITERATION) {
      first.add(values);
    }
  }

  /** Forgets the iterations after this one, which are going to come again. */
  public void rewind(long iteration) {
    first.removeIf(values -> values.iteration() > iteration);
  }

  /** The summary's lines; none when no iteration was run. */
  public List<String> lines() {
    if (first.isEmpty()) {
      return List.of();
    }
    List<IterationRecord> window = first.subList(Math.max(0, first.size() - WINDOW), first.size());
    double millis =
        window.stream().mapToDouble(IterationRecord::elapsedMillis).average().orElseThrow();
    long batch = window.get(window.size() - 1).globalBatchSize();
    double samples = batch * 1000.0 / millis;
    List<String> lines = new ArrayList<>();
    lines.add(String.format(Locale.ROOT, "Elapsed Time Per iteration: %.1f", millis));
    lines.add(String.format(Locale.ROOT, "Average Samples per Second: %.3f", samples));
    tokensPerSample(window)
        .ifPresent(
            tokens ->
                lines.add(
                    String.format(
                        Locale.ROOT, "Consumed Tokens per Second: %.3f", samples * tokens)));
    return lines;
  }

  private static Optional<Double> tokensPerSample(List<IterationRecord> window) {
    List<Double> tokens = new ArrayList<>();
    for (IterationRecord values : window) {
      Double value = values.log().get(TOKENS_PER_SAMPLE);
      if (value != null) {
        tokens.add(value);
      }
    }
    return tokens.isEmpty()
        ? Optional.empty()
        : Optional.of(tokens.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
  }
}
