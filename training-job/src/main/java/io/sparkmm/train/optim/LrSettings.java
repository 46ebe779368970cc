package io.sparkmm.train.optim;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Settings of the learning-rate schedule, as the launch arguments give them.
 *
 * @param style what happens after the warm-up
 * @param lr peak
 * @param minLr floor, between 0 and the peak
 * @param warmup how the peak is reached
 * @param decayIterations iterations until the floor is reached; empty for all of them
 * @param wsd last stretch, needed for style WSD only
 */
public record LrSettings(
    LrDecayStyle style,
    double lr,
    double minLr,
    Warmup warmup,
    OptionalInt decayIterations,
    Optional<WsdDecay> wsd) {
  /**
   * Rise from an initial value to the peak.
   *
   * @param initialLr value at the start, at most the peak
   * @param fraction length as a part of the decay's length; used when {@code iterations} is 0
   * @param iterations length in iterations
   */
  public record Warmup(double initialLr, double fraction, int iterations) {
    /** Starts at the peak. */
    public static final Warmup NONE = new Warmup(0.0, 0.0, 0);

    public Warmup {
      if (!(fraction >= 0.0 && fraction < 1.0) || iterations < 0) {
        throw new IllegalArgumentException(
            "Cannot warm up: fraction is "
                + fraction
                + " (0 to below 1), iterations is "
                + iterations);
      }
      if (fraction > 0.0 && iterations > 0) {
        throw new IllegalArgumentException(
            "Cannot warm up: give either a fraction or a number of iterations");
      }
    }
  }

  public LrSettings {
    Objects.requireNonNull(style, "style");
    Objects.requireNonNull(warmup, "warmup");
    Objects.requireNonNull(decayIterations, "decayIterations");
    Objects.requireNonNull(wsd, "wsd");
  }

  /** A constant rate without warm-up. */
  public static LrSettings constant(double lr) {
    return new LrSettings(
        LrDecayStyle.CONSTANT, lr, 0.0, Warmup.NONE, OptionalInt.empty(), Optional.empty());
  }
}
