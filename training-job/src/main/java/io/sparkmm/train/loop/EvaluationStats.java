package io.sparkmm.train.loop;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a validation found; the same on every rank.
 *
 * @param iteration iterations trained so far
 * @param consumedSamples samples trained on so far
 * @param afterTraining whether it is the one after the last iteration
 * @param values losses and other values of the loss function, means over all micro-batches, in its
 *     order
 */
public record EvaluationStats(
    long iteration, long consumedSamples, boolean afterTraining, Map<String, Double> values) {
  public EvaluationStats {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** The values that are losses. */
  public Map<String, Double> losses() {
    Map<String, Double> losses = new LinkedHashMap<>(values);
    losses.keySet().removeIf(name -> !LossResult.isLoss(name));
    return losses;
  }
}
