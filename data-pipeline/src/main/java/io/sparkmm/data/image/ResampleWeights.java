package io.sparkmm.data.image;

/**
 * Weights of the antialiased cubic filter along one axis, as Pillow computes them.
 *
 * <p>The kernel (a = -0.5) is stretched by {@code scale = max(1, in/out)}; output o takes the
 * inputs whose distance from {@code (o + 0.5) * in/out} is below {@code 2 * scale}, with weights
 * that sum to 1, rounded to a number of binary places: 22 as in Pillow, or as many as the largest
 * weight leaves in 16 bits, as PyTorch does for tensors of bytes.
 */
final class ResampleWeights {
  private static final int PILLOW_BITS = 22;

  private static final double A = -0.5;
  private static final double SUPPORT = 2.0;

  private final int taps;
  private final int[] first;
  private final int[] count;
  private final double[] exact;
  private final int[] weights;
  private final int bits;

  /**
   * Weights for one axis.
   *
   * @param in pixels of the source
   * @param out pixels of the result
   * @param arithmetic how the weights are rounded
   */
  ResampleWeights(int in, int out, ImageArithmetic arithmetic) {
    double scale = (double) in / out;
    double stretch = Math.max(scale, 1.0);
    double support = SUPPORT * stretch;
    this.taps = (int) Math.ceil(support) * 2 + 1;
    this.first = new int[out];
    this.count = new int[out];
    this.exact = new double[Math.multiplyExact(out, taps)];
    for (int o = 0; o < out; o++) {
      double centre = (o + 0.5) * scale;
      int from = Math.max((int) (centre - support + 0.5), 0);
      int to = Math.min((int) (centre + support + 0.5), in);
      first[o] = from;
      count[o] = to - from;
      double sum = 0;
      for (int x = 0; x < to - from; x++) {
        // A product with the reciprocal, as the reference does, not a quotient.
        double weight = cubic((x + from - centre + 0.5) * (1.0 / stretch));
        exact[o * taps + x] = weight;
        sum += weight;
      }
      for (int x = 0; x < to - from && sum != 0; x++) {
        exact[o * taps + x] /= sum;
      }
    }
    this.bits =
        switch (arithmetic) {
          case PILLOW -> PILLOW_BITS;
          case TENSOR -> shortBits();
        };
    this.weights = new int[exact.length];
    for (int i = 0; i < exact.length; i++) {
      double scaled = exact[i] * (1 << bits);
      weights[i] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
  }

  /** Most binary places, at most 22, with which all weights fit into a signed 16-bit number. */
  private int shortBits() {
    double largest = 0;
    for (double weight : exact) {
      largest = Math.max(largest, weight);
    }
    int places = 0;
    while (places < PILLOW_BITS && (int) (0.5 + largest * (1 << (places + 1))) <= Short.MAX_VALUE) {
      places++;
    }
    return places;
  }

  int outputs() {
    return first.length;
  }

  /** First input of an output. */
  int first(int output) {
    return first[output];
  }

  /** Number of inputs of an output. */
  int count(int output) {
    return count[output];
  }

  /** Where the weights of an output begin in {@link #weights()} and {@link #exact()}. */
  int offset(int output) {
    return output * taps;
  }

  /** Binary places of {@link #weights()}. */
  int bits() {
    return bits;
  }

  /** Weights as fixed-point numbers with {@link #bits()} binary places. */
  int[] weights() {
    return weights;
  }

  /** Weights before rounding. */
  double[] exact() {
    return exact;
  }

  private static double cubic(double distance) {
    double x = Math.abs(distance);
    if (x < 1.0) {
      return ((A + 2.0) * x - (A + 3.0)) * x * x + 1;
    }
    if (x < 2.0) {
      return (((x - 5) * x + 8) * x - 4) * A;
    }
    return 0.0;
  }
}
