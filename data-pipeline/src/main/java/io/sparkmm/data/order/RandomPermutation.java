package io.sparkmm.data.order;

/** Random permutations that equal those of {@code torch.randperm} on the CPU. */
public final class RandomPermutation {
  /** From this length on PyTorch draws 64-bit numbers: {@code (2^32 - 1) / 20}. */
  private static final int LENGTH_LIMIT = 214_748_364;

  private RandomPermutation() {}

  /**
   * The numbers {@code 0..length-1} in the order of {@code torch.randperm(length)} under a
   * generator seeded with {@code seed}: for each position i but the last, swap element i with
   * element {@code i + next32 mod (length - i)}.
   *
   * @param length number of elements, below 214,748,364
   * @param seed only the lower 32 bits count, as in PyTorch
   * @throws IllegalArgumentException if the length is negative or too large
   */
  public static int[] of(int length, long seed) {
    if (length < 0 || length >= LENGTH_LIMIT) {
      throw new IllegalArgumentException(
          "Cannot permute "
              + length
              + " elements: the length must be in [0, "
              + LENGTH_LIMIT
              + ")");
    }
    Mt19937 generator = new Mt19937(seed);
    int[] order = identity(length);
    for (int i = 0; i < length - 1; i++) {
      int other = i + (int) (generator.next() % (length - i));
      int kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
    return order;
  }

  /** The numbers {@code 0..length-1} in ascending order. */
  static int[] identity(int length) {
    int[] order = new int[length];
    for (int i = 0; i < length; i++) {
      order[i] = i;
    }
    return order;
  }
}
