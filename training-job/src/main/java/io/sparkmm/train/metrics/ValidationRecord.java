package io.sparkmm.train.metrics;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Result of a validation.
 *
 * @param iteration iteration after which the model was validated
 * @param consumedSamples samples that the model had been trained on
 * @param values means of the loss function's values, by name
 */
public record ValidationRecord(long iteration, long consumedSamples, Map<String, Double> values)
    implements Serializable {
  private static final double LARGEST_EXPONENT = 20;

  public ValidationRecord {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Perplexity of a mean loss: its exponential, at most e^20. */
  public static double perplexity(double loss) {
    return Math.exp(Math.min(LARGEST_EXPONENT, loss));
  }
}
