package io.sparkmm.train.optim;

/**
 * Settings of {@link Sgd}.
 *
 * @param momentum share of the last step that the next one keeps, in (0, 1)
 * @param weightDecay weight decay, added to the gradient; at least 0
 */
public record SgdSettings(double momentum, double weightDecay) implements OptimizerSettings {
  /** The momentum that launch scripts rely on. */
  public static final double DEFAULT_MOMENTUM = 0.9;

  public SgdSettings {
    if (!(momentum > 0.0 && momentum < 1.0)) {
      throw new IllegalArgumentException(
          "Cannot make the optimizer: sgd-momentum is " + momentum + ", not in (0, 1)");
    }
    if (!(weightDecay >= 0.0 && weightDecay < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "Cannot make the optimizer: weight-decay is " + weightDecay + ", not at least 0");
    }
  }

  @Override
  public Optimizer create(ParameterGroups groups) {
    return new Sgd(groups, this);
  }
}
