package io.sparkmm.train.model;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Cross entropy of next-token prediction, computed at least in float32. With l the cross entropy of
 * one target, all forms are {@code sum(l / alpha)} and differ in alpha.
 */
public final class CausalLmLoss {
  private static final int NONE = 0;
  private static final int MEAN = 1;
  private static final int SUM = 2;
  private static final long IGNORED = -100;

  private CausalLmLoss() {}

  /**
   * Mean over the targets of the micro-batch.
   *
   * @throws ModelException if there is no target: the mean has no value then
   */
  public static Tensor mean(ModelOutput output) {
    requireTargets(output);
    return crossEntropy(output, MEAN);
  }

  /** Sum over the targets; 0 with zero gradients if there is no target. */
  public static Tensor sum(ModelOutput output) {
    return crossEntropy(output, SUM);
  }

  /**
   * Mean over the sequences of each sequence's mean: alpha is the number of sequences times the
   * number of targets in the target's sequence.
   *
   * @throws ModelException if a sequence has no target
   */
  public static Tensor perSample(ModelOutput output) {
    requireTargets(output);
    Tensor counts = output.rows().bincount(Constants.NO_TENSOR, output.batchRows());
    if (counts.min().item_long() == 0) {
      throw new ModelException(
          ModelException.Kind.NO_TARGETS,
          "Cannot compute the loss per sample: sequence "
              + counts.argmin().item_long()
              + " of the micro-batch has no target");
    }
    Tensor losses = crossEntropy(output, NONE);
    Tensor alpha =
        counts
            .index_select(0, output.rows())
            .to(losses.scalar_type())
            .mul(new Scalar((double) output.batchRows()));
    return losses.div(alpha).sum();
  }

  /**
   * Sum over the targets divided by a count that the caller took over more than this micro-batch:
   * the mean over all ranks of (targets of the accumulation window / micro-batches in the window).
   *
   * @param alpha the count
   */
  public static Tensor perToken(ModelOutput output, double alpha) {
    requireCount(alpha);
    return sum(output).div(new Scalar(alpha));
  }

  /**
   * Sum over the targets, each weighted by the inverse root of the number of targets in its
   * sequence, divided by a sum of weights that the caller took over more than this micro-batch.
   *
   * @param weights mean over all ranks of (sum of the weights of its micro-batch)
   */
  public static Tensor inverseRoot(ModelOutput output, double weights) {
    requireCount(weights);
    Tensor losses = crossEntropy(output, NONE);
    Tensor counts = output.rows().bincount(Constants.NO_TENSOR, output.batchRows());
    Tensor each = counts.index_select(0, output.rows()).to(losses.scalar_type()).rsqrt();
    return losses.mul(each).sum().div(new Scalar(weights));
  }

  private static void requireCount(double count) {
    if (!(count > 0)) {
      throw new ModelException(
          ModelException.Kind.NO_TARGETS,
          "Cannot divide the loss by a count of " + count + " targets");
    }
  }

  private static Tensor crossEntropy(ModelOutput output, int reduction) {
    Tensor logits = output.logits();
    Tensor wide = FloatTypes.cast(logits, FloatTypes.atLeastFloat32(FloatTypes.of(logits)));
    return cross_entropy_loss(wide, output.targets(), Constants.NO_TENSOR, reduction, IGNORED, 0.0);
  }

  private static void requireTargets(ModelOutput output) {
    if (output.targets().numel() == 0) {
      throw new ModelException(
          ModelException.Kind.NO_TARGETS,
          "Cannot compute a mean loss: the micro-batch of "
              + output.batchRows()
              + " sequences has no target");
    }
  }
}
