package io.sparkmm.conf;

import java.math.BigDecimal;

/**
 * The range that a number must lie in.
 *
 * @param min lower end, may be negative infinity
 * @param minAllowed whether the lower end itself is accepted
 * @param max upper end, may be infinity
 * @param maxAllowed whether the upper end itself is accepted
 */
public record Limit(double min, boolean minAllowed, double max, boolean maxAllowed) {
  /** Any finite number. */
  public static final Limit ANY =
      new Limit(Double.NEGATIVE_INFINITY, false, Double.POSITIVE_INFINITY, false);

  /** Greater than 0. */
  public static final Limit POSITIVE = new Limit(0, false, Double.POSITIVE_INFINITY, false);

  /** 0 or greater. */
  public static final Limit NOT_NEGATIVE = atLeast(0);

  /** 0 up to and including 1. */
  public static final Limit SHARE = between(0, 1);

  /** 0 up to but not including 1. */
  public static final Limit BELOW_ONE = new Limit(0, true, 1, false);

  /** This number or a greater one. */
  public static Limit atLeast(double min) {
    return new Limit(min, true, Double.POSITIVE_INFINITY, false);
  }

  /** Both ends included. */
  public static Limit between(double min, double max) {
    return new Limit(min, true, max, true);
  }

  /** Whether the number lies in the range; not-a-number and infinities never do. */
  public boolean admits(double value) {
    boolean aboveMin = minAllowed ? value >= min : value > min;
    boolean belowMax = maxAllowed ? value <= max : value < max;
    return Double.isFinite(value) && aboveMin && belowMax;
  }

  /** Text that follows "must be". */
  public String description() {
    if (Double.isInfinite(min)) {
      return "a finite number";
    }
    if (Double.isInfinite(max)) {
      return minAllowed ? "at least " + plain(min) : "greater than " + plain(min);
    }
    return "in "
        + (minAllowed ? "[" : "(")
        + plain(min)
        + ", "
        + plain(max)
        + (maxAllowed ? "]" : ")");
  }

  private static String plain(double value) {
    return new BigDecimal(value).stripTrailingZeros().toPlainString();
  }
}
