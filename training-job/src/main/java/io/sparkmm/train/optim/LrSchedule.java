package io.sparkmm.train.optim;

/**
 * Learning rate as a function of the samples trained on. Iteration 1 runs with the rate of 0
 * samples, so it does not move the weights when the warm-up starts at 0.
 *
 * <p>With n samples, warm-up length u and decay length d, all in samples, and q = (n - u)/(d - u):
 *
 * <ul>
 *   <li>u &gt; 0 and n &le; u: initial + (lr - initial) n/u
 *   <li>constant: lr
 *   <li>n &gt; d: min
 *   <li>inverse square root: max(min, lr sqrt(max(u, 1))/sqrt(max(n, 1)))
 *   <li>linear: min + (lr - min)(1 - q)
 *   <li>cosine: min + (lr - min)(1 + cos(pi q))/2
 *   <li>WSD: min + (lr - min) c, where c is 1 until the last stretch, then its own style's value
 * </ul>
 */
public final class LrSchedule {
  private final LrSettings settings;
  private final double warmup;
  private final double decay;
  private final double wsdSamples;

  private LrSchedule(LrSettings settings, double warmup, double decay, double wsdSamples) {
    this.settings = settings;
    this.warmup = warmup;
    this.decay = decay;
    this.wsdSamples = wsdSamples;
  }

  /**
   * Makes a schedule of a run.
   *
   * @param trainIterations length of the run
   * @param globalBatchSize samples of an iteration
   * @throws IllegalArgumentException if the rates are not ordered 0 &le; initial, min &le; peak,
   *     the warm-up is not shorter than the decay, or a WSD schedule has no last stretch
   */
  public static LrSchedule create(LrSettings settings, int trainIterations, int globalBatchSize) {
    require(
        settings.minLr() >= 0.0 && settings.minLr() <= settings.lr(),
        "min-lr " + settings.minLr() + " is not between 0 and lr " + settings.lr());
    double initial = settings.warmup().initialLr();
    require(
        initial >= 0.0 && initial <= settings.lr(),
        "lr-warmup-init " + initial + " is not between 0 and lr " + settings.lr());
    double decay =
        (double) settings.decayIterations().orElse(trainIterations) * (double) globalBatchSize;
    require(decay > 0.0, "the decay takes " + decay + " samples");
    double warmup =
        settings.warmup().iterations() > 0
            ? (double) settings.warmup().iterations() * globalBatchSize
            : settings.warmup().fraction() * decay;
    require(
        warmup < decay,
        "the warm-up of "
            + warmup
            + " samples is not shorter than the decay of "
            + decay
            + " samples");
    double wsdSamples = 0.0;
    if (settings.style() == LrDecayStyle.WSD) {
      require(settings.wsd().isPresent(), "style WSD needs lr-wsd-decay-iters");
      wsdSamples = (double) settings.wsd().orElseThrow().iterations() * globalBatchSize;
      require(
          wsdSamples <= decay,
          "the last stretch of " + wsdSamples + " samples is longer than the decay of " + decay);
    }
    return new LrSchedule(settings, warmup, decay, wsdSamples);
  }

  /**
   * Makes a schedule whose lengths are known in samples, such as that of a checkpoint.
   *
   * @param warmup length of the warm-up
   * @param decay length of the decay, longer than the warm-up
   * @param globalBatchSize samples of an iteration, for the last stretch of a WSD schedule
   * @throws IllegalArgumentException if the warm-up is not shorter than the decay
   */
  public static LrSchedule ofSamples(
      LrSettings settings, double warmup, double decay, int globalBatchSize) {
    require(
        warmup >= 0.0 && warmup < decay,
        "the warm-up of " + warmup + " samples is not shorter than the decay of " + decay);
    double wsd =
        settings.style() == LrDecayStyle.WSD
            ? (double) settings.wsd().orElseThrow().iterations() * globalBatchSize
            : 0.0;
    return new LrSchedule(settings, warmup, decay, wsd);
  }

  /**
   * Learning rate after {@code samples} samples.
   *
   * @param samples samples of all updates applied so far
   */
  public double at(long samples) {
    double lr = settings.lr();
    double min = settings.minLr();
    double initial = settings.warmup().initialLr();
    if (warmup > 0.0 && samples <= warmup) {
      return initial + (lr - initial) * samples / warmup;
    }
    if (settings.style() == LrDecayStyle.CONSTANT) {
      return lr;
    }
    if (samples > decay) {
      return min;
    }
    double progress = (samples - warmup) / (decay - warmup);
    return switch (settings.style()) {
      case CONSTANT -> lr;
      case INVERSE_SQUARE_ROOT ->
          Math.max(min, lr * Math.sqrt(Math.max(warmup, 1.0)) / Math.sqrt(Math.max(samples, 1.0)));
      case LINEAR -> min + (lr - min) * (1.0 - progress);
      case COSINE -> min + (lr - min) * 0.5 * (Math.cos(Math.PI * progress) + 1.0);
      case WSD -> min + (lr - min) * wsdCoefficient(samples);
    };
  }

  private double wsdCoefficient(long samples) {
    double start = decay - wsdSamples;
    if (samples <= start) {
      return 1.0;
    }
    return settings.wsd().orElseThrow().style().coefficient((samples - start) / wsdSamples);
  }

  private static void require(boolean condition, String reason) {
    if (!condition) {
      throw new IllegalArgumentException("Cannot make a learning-rate schedule: " + reason);
    }
  }
}
