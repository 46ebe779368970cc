package io.sparkmm.train.model;

import io.sparkmm.train.torch.Constants;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How the cross entropies l of the targets of a micro-batch become its loss: {@code sum(l /
 * alpha)}. The forms of the loss differ in alpha only, and alpha depends on the targets but not on
 * what the model computes, so that a model can apply it {@linkplain ChunkedLoss piece by piece}.
 */
@FunctionalInterface
public interface LossWeights {
  /**
   * Divisors of the targets' cross entropies, all greater than 0. Not called without targets.
   *
   * @param targets of the whole micro-batch, at least one
   * @return one number for all targets, or {@code [n]}; of any type of numbers
   */
  Tensor alpha(Targets targets);

  /** Mean over the targets of the micro-batch. */
  static LossWeights mean() {
    return targets -> number(targets.count(), targets);
  }

  /**
   * Mean over the sequences of each sequence's mean: alpha is the number of sequences times the
   * number of targets in the target's sequence. A sequence without target is refused with a {@link
   * ModelException}.
   */
  static LossWeights perSample() {
    return targets -> {
      Tensor counts = targets.rows().bincount(Constants.NO_TENSOR, targets.batchRows());
      if (counts.min().item_long() == 0) {
        throw new ModelException(
            ModelException.Kind.NO_TARGETS,
            "Cannot compute the loss per sample: sequence "
                + counts.argmin().item_long()
                + " of the micro-batch has no target");
      }
      return counts
          .index_select(0, targets.rows())
          .to(ScalarType.Double)
          .mul(new Scalar((double) targets.batchRows()));
    };
  }

  /**
   * Sum over the targets divided by a count that the caller took over more than this micro-batch:
   * the mean over all ranks of (targets of the accumulation window / micro-batches in the window).
   *
   * @param count greater than 0
   * @throws ModelException if the count is not
   */
  static LossWeights perToken(double count) {
    requireCount(count);
    return targets -> number(count, targets);
  }

  /**
   * Sum over the targets, each weighted by the inverse root of the number of targets in its
   * sequence, divided by a sum of weights that the caller took over more than this micro-batch.
   *
   * @param sum mean over all ranks of (sum of the weights of its micro-batch); greater than 0
   * @throws ModelException if the sum is not
   */
  static LossWeights inverseRoot(double sum) {
    requireCount(sum);
    return targets ->
        targets
            .rows()
            .bincount(Constants.NO_TENSOR, targets.batchRows())
            .index_select(0, targets.rows())
            .to(ScalarType.Double)
            .sqrt()
            .mul(new Scalar(sum));
  }

  private static void requireCount(double count) {
    if (!(count > 0)) {
      throw new ModelException(
          ModelException.Kind.NO_TARGETS,
          "Cannot divide the loss by a count of " + count + " targets");
    }
  }

  private static Tensor number(double value, Targets targets) {
    return torch.full(
        new long[0],
        new Scalar(value),
        new TensorOptions(ScalarType.Double).device(new DeviceOptional(targets.ids().device())));
  }
}
