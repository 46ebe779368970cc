package io.sparkmm.train.optim;

/**
 * Settings of {@link AdamW}.
 *
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param epsilon added to the root of the corrected second moment, at least 0
 * @param weightDecay decoupled weight decay, at least 0
 */
public record AdamWSettings(double beta1, double beta2, double epsilon, double weightDecay)
    implements OptimizerSettings {
  public AdamWSettings {
    requireRange("adam-beta1", beta1, 0.0, 1.0);
    requireRange("adam-beta2", beta2, 0.0, 1.0);
    requireRange("adam-eps", epsilon, 0.0, Double.MAX_VALUE);
    requireRange("weight-decay", weightDecay, 0.0, Double.MAX_VALUE);
  }

  @Override
  public Optimizer create(ParameterGroups groups) {
    return new AdamW(groups, this);
  }

  private static void requireRange(String name, double value, double low, double high) {
    if (!(value >= low && value < high)) {
      throw new IllegalArgumentException(
          "Cannot make the optimizer: "
              + name
              + " is "
              + value
              + ", not in ["
              + low
              + ", "
              + high
              + ")");
    }
  }
}
