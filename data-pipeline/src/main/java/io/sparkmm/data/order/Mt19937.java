package io.sparkmm.data.order;

/**
 * The 32-bit Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) with the initialisation by
 * one 32-bit seed, which is what PyTorch's CPU generator runs on.
 */
final class Mt19937 {
  private static final int STATE_SIZE = 624;
  private static final int SHIFT_SIZE = 397;
  private static final int MATRIX_A = 0x9908b0df;
  private static final int UPPER_MASK = 0x80000000;
  private static final int LOWER_MASK = 0x7fffffff;
  private static final int INIT_MULTIPLIER = 1812433253;

  private final int[] state = new int[STATE_SIZE];
  private int position = STATE_SIZE;

  /** Starts from the lower 32 bits of {@code seed}. */
  Mt19937(long seed) {
    state[0] = (int) seed;
    for (int i = 1; i < STATE_SIZE; i++) {
      state[i] = INIT_MULTIPLIER * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /** The next number, uniform in {@code [0, 2^32)}. */
  long next() {
    if (position == STATE_SIZE) {
      twist();
    }
    int y = state[position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return Integer.toUnsignedLong(y);
  }

  private void twist() {
    for (int i = 0; i < STATE_SIZE; i++) {
      int y = (state[i] & UPPER_MASK) | (state[(i + 1) % STATE_SIZE] & LOWER_MASK);
      state[i] = state[(i + SHIFT_SIZE) % STATE_SIZE] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : MATRIX_A);
    }
    position = 0;
  }
}
