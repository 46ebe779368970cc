package io.sparkmm.data.order;

/**
 * Random permutations that equal those of {@code numpy.random.default_rng(seed).permutation(n)},
 * which Hugging Face's data sets are split with: generator PCG64 (O'Neill, 2014: a 128-bit linear
 * congruential generator with the output function XSL-RR), seeded through numpy's {@code
 * SeedSequence}.
 */
public final class NumpyPermutation {
  private static final int POOL_SIZE = 4;
  private static final int WORD = 32;
  private static final long WORD_MASK = 0xffffffffL;
  private static final long MULTIPLIER_HIGH = 0x2360ed051fc65da4L;
  private static final long MULTIPLIER_LOW = 0x4385df649fccf645L;

  private long stateHigh;
  private long stateLow;
  private long incrementHigh;
  private long incrementLow;
  private long buffered;
  private boolean hasBuffered;

  private NumpyPermutation(long seed) {
    long[] words = seedWords(seed);
    incrementHigh = words[2] << 1 | words[3] >>> 63;
    incrementLow = words[3] << 1 | 1;
    step();
    long low = stateLow + words[1];
    stateHigh += words[0] + carry(stateLow, low);
    stateLow = low;
    step();
  }

  /**
   * The numbers {@code 0..length-1} in random order.
   *
   * @param length number of elements
   * @param seed at least 0
   * @throws IllegalArgumentException if one of them is negative
   */
  public static int[] of(int length, long seed) {
    if (length < 0 || seed < 0) {
      throw new IllegalArgumentException(
          "Cannot permute " + length + " elements with seed " + seed + ": neither may be negative");
    }
    NumpyPermutation generator = new NumpyPermutation(seed);
    int[] order = RandomPermutation.identity(length);
    for (int i = length - 1; i > 0; i--) {
      int other = generator.upTo(i);
      int kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
    return order;
  }

  /** A number in {@code [0, largest]}: the first of its bits' numbers that is not too large. */
  private int upTo(int largest) {
    long mask = 2L * Integer.highestOneBit(largest) - 1;
    long value = next32() & mask;
    while (value > largest) {
      value = next32() & mask;
    }
    return (int) value;
  }

  /** Half of a 64-bit number: first its lower half, then the upper one. */
  private long next32() {
    if (hasBuffered) {
      hasBuffered = false;
      return buffered;
    }
    step();
    long value = Long.rotateRight(stateHigh ^ stateLow, (int) (stateHigh >>> 58));
    buffered = value >>> WORD;
    hasBuffered = true;
    return value & WORD_MASK;
  }

  /** {@code state = state * multiplier + increment} modulo 2^128. */
  private void step() {
    long low = stateLow * MULTIPLIER_LOW;
    long high =
        unsignedMultiplyHigh(stateLow, MULTIPLIER_LOW)
            + stateHigh * MULTIPLIER_LOW
            + stateLow * MULTIPLIER_HIGH;
    stateLow = low + incrementLow;
    stateHigh = high + incrementHigh + carry(low, stateLow);
  }

  private static long unsignedMultiplyHigh(long a, long b) {
    return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
  }

  private static long carry(long before, long after) {
    return Long.compareUnsigned(after, before) < 0 ? 1 : 0;
  }

  /** {@code SeedSequence(seed).generate_state(4, uint64)}. */
  private static long[] seedWords(long seed) {
    int[] pool = pool(seed);
    long[] words = new long[POOL_SIZE];
    int constant = 0x8b51f9dd;
    for (int i = 0; i < 2 * POOL_SIZE; i++) {
      int value = pool[i % POOL_SIZE] ^ constant;
      constant *= 0x58f38ded;
      value *= constant;
      value ^= value >>> 16;
      words[i / 2] |= Integer.toUnsignedLong(value) << WORD * (i % 2);
    }
    return words;
  }

  private static int[] pool(long seed) {
    int[] pool = new int[POOL_SIZE];
    int[] constant = {0x43b0d7e5};
    int[] entropy = {(int) seed, (int) (seed >>> WORD), 0, 0};
    for (int i = 0; i < POOL_SIZE; i++) {
      pool[i] = hash(entropy[i], constant);
    }
    for (int source = 0; source < POOL_SIZE; source++) {
      for (int target = 0; target < POOL_SIZE; target++) {
        if (source != target) {
          int mixed = 0xca01f9dd * pool[target] - 0x4973f715 * hash(pool[source], constant);
          pool[target] = mixed ^ mixed >>> 16;
        }
      }
    }
    return pool;
  }

  private static int hash(int value, int[] constant) {
    int hashed = value ^ constant[0];
    constant[0] *= 0x931e8875;
    hashed *= constant[0];
    return hashed ^ hashed >>> 16;
  }
}
