package io.sparkmm.train.optim;

/**
 * The last stretch of a {@link LrDecayStyle#WSD} schedule.
 *
 * @param style how it falls
 * @param iterations its length, at least 1
 */
public record WsdDecay(Style style, int iterations) {
  /** Shape of the last stretch, as a coefficient of its progress w from 0 to 1. */
  public enum Style {
    /** 1 - w. */
    LINEAR {
      @Override
      double coefficient(double progress) {
        return 1.0 - progress;
      }
    },
    /** Half a cosine. */
    COSINE {
      @Override
      double coefficient(double progress) {
        return 0.5 * (Math.cos(Math.PI * progress) + 1.0);
      }
    },
    /** 2 * 0.5^w - 1. */
    EXPONENTIAL {
      @Override
      double coefficient(double progress) {
        return 2.0 * Math.pow(0.5, progress) - 1.0;
      }
    };

    abstract double coefficient(double progress);
  }

  public WsdDecay {
    if (iterations < 1) {
      throw new IllegalArgumentException(
          "Cannot make a WSD schedule: its decay takes " + iterations + " iterations");
    }
  }
}
