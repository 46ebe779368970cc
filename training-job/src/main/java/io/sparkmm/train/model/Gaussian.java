package io.sparkmm.train.model;

import java.nio.charset.StandardCharsets;

/**
 * Normal random numbers by index: number e of a stream is a function of the seed, the stream's name
 * and e alone, so that any part can be made anywhere, in any order, with the same result on every
 * machine.
 *
 * <p>Two uniform numbers per value come from a 64-bit mixing function of the counter (SplitMix64),
 * the Box-Muller formula makes a normal one of them.
 */
final class Gaussian {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final long FNV_OFFSET = 0xCBF29CE484222325L;
  private static final long FNV_PRIME = 0x100000001B3L;
  private static final double UNIT = 0x1.0p-53;

  private final long key;

  Gaussian(long seed, String name) {
    long hash = FNV_OFFSET;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
    }
    key = mix(mix(seed + GOLDEN) ^ hash);
  }

  /** Number {@code index} of the stream. */
  double at(long index) {
    long state = key + 2 * index * GOLDEN;
    // In (0, 1], so that the logarithm is finite.
    double radius = ((mix(state) >>> 11) + 1) * UNIT;
    double angle = (mix(state + GOLDEN) >>> 11) * UNIT;
    return StrictMath.sqrt(-2 * StrictMath.log(radius)) * StrictMath.cos(2 * Math.PI * angle);
  }

  /** Number {@code index} of a stream that is uniform in (0, 1]. */
  double uniform(long index) {
    return ((mix(key + index * GOLDEN) >>> 11) + 1) * UNIT;
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
