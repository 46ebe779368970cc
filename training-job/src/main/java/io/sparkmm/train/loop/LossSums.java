package io.sparkmm.train.loop;

import java.util.LinkedHashMap;
import java.util.Map;

/** What micro-batches add up to; the same on every rank. */
final class LossSums {
  private final boolean perToken;
  private final Map<String, Double> log = new LinkedHashMap<>();
  private double means;
  private double sums;
  private long terms;
  private long tokens;
  private long targets;
  private int microBatches;
  private boolean summed;

  /**
   * Starts empty.
   *
   * @param perToken whether sums are divided by all tokens together
   */
  LossSums(boolean perToken) {
    this.perToken = perToken;
  }

  /** Adds what all ranks found in a micro-batch, and the values that the loss function reported. */
  void add(LossExchange.Entry[] entries, LossResult result) {
    double mean = 0;
    for (LossExchange.Entry entry : entries) {
      mean += entry.mean();
      sums += entry.loss();
      terms += entry.terms();
      tokens += entry.tokens();
      targets += entry.targets();
    }
    mean /= entries.length;
    means += mean;
    summed |= result.tokens().isPresent();
    microBatches++;
    result.log().forEach((name, value) -> log.merge(name, value, Double::sum));
    if (result.log().keySet().stream().noneMatch(LossResult::isLoss)) {
      log.merge(LossResult.LOSS, mean, Double::sum);
    }
  }

  /** Mean over ranks and micro-batches, or over all tokens. */
  double loss() {
    return dividesAtEnd() ? sums / terms : means / microBatches;
  }

  /** Means over the micro-batches; the trainer's own {@code loss} as {@link #loss} has it. */
  Map<String, Double> log() {
    Map<String, Double> result = new LinkedHashMap<>();
    log.forEach((name, total) -> result.put(name, total / microBatches));
    if (dividesAtEnd()) {
      result.replace(LossResult.LOSS, loss());
    }
    return result;
  }

  /** Whether gradients have to be divided by {@link #terms} when all micro-batches are done. */
  boolean dividesAtEnd() {
    return perToken && summed;
  }

  /** Terms of all sums. */
  long terms() {
    return terms;
  }

  /** Tokens without padding. */
  long tokens() {
    return tokens;
  }

  /** Supervised labels. */
  long targets() {
    return targets;
  }
}
