package io.sparkmm.train.metrics;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Values of one validation.
 *
 * @param iteration iterations trained so far
 * @param afterTraining whether it is the one after the last iteration
 * @param losses mean losses by name, in the order in which they are printed
 */
public record EvaluationRecord(long iteration, boolean afterTraining, Map<String, Double> losses)
    implements Serializable {
  public EvaluationRecord {
    losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
  }
}
