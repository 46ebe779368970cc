package io.sparkmm.data.template;

/**
 * How many tokens of a question and its answer fit a budget: the first tokens of both are kept. An
 * answer shorter than half the budget is kept whole, else a question shorter than half of it, else
 * both shrink in proportion.
 *
 * @param source tokens kept of the question
 * @param target tokens kept of the answer
 */
public record LengthFit(int source, int target) {
  /**
   * Fits a pair.
   *
   * @param source tokens of the question
   * @param target tokens of the answer
   * @param budget most tokens to keep, at least 1
   */
  public static LengthFit fit(int source, int target, int budget) {
    int largestTarget;
    if (2L * target < budget) {
      largestTarget = budget;
    } else if (2L * source < budget) {
      largestTarget = budget - source;
    } else {
      // In this order, since the rounding of the quotient decides about single tokens.
      largestTarget = (int) (budget * (target / (double) ((long) source + target)));
    }
    int keptTarget = Math.min(largestTarget, target);
    int keptSource = Math.min(Math.max(budget - keptTarget, 0), source);
    return new LengthFit(keptSource, keptTarget);
  }
}
