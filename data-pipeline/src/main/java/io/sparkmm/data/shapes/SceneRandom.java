package io.sparkmm.data.shapes;

import java.util.List;

/**
 * Random numbers that are a function of a seed and a few labels only, the same on every machine:
 * SplitMix64 (Steele, Lea and Flood, 2014), doubles by the upper 53 bits, normal numbers by the
 * polar method in strict arithmetic.
 */
final class SceneRandom {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private long state;
  private double spare;
  private boolean hasSpare;

  private SceneRandom(long state) {
    this.state = state;
  }

  /** A stream of its own for each seed and sequence of labels. */
  static SceneRandom of(long seed, long... labels) {
    long state = mix(seed + GOLDEN_GAMMA);
    for (long label : labels) {
      state = mix((state ^ label) + GOLDEN_GAMMA);
    }
    return new SceneRandom(state);
  }

  /** Uniform in {@code [0, 1)}. */
  double uniform() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** Uniform in {@code [low, high)}. */
  double uniform(double low, double high) {
    return low + (high - low) * uniform();
  }

  /** Uniform in {@code 0..bound-1}; the bias is below 1e-15 for the small bounds used here. */
  int below(int bound) {
    return (int) (uniform() * bound);
  }

  /** True with this probability. */
  boolean chance(double probability) {
    return uniform() < probability;
  }

  /** One of the elements, each equally likely. */
  <T> T pick(List<T> elements) {
    return elements.get(below(elements.size()));
  }

  /** Normal with mean 0 and standard deviation 1. */
  double gaussian() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double x;
    double y;
    double square;
    do {
      x = uniform(-1, 1);
      y = uniform(-1, 1);
      square = x * x + y * y;
    } while (square >= 1 || square == 0);
    double factor = StrictMath.sqrt(-2 * StrictMath.log(square) / square);
    spare = y * factor;
    hasSpare = true;
    return x * factor;
  }

  private long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
