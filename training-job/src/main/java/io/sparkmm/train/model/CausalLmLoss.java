package io.sparkmm.train.model;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Tensor;

/** Cross entropy of next-token prediction, computed at least in float32. */
public final class CausalLmLoss {
  private static final int NONE = 0;
  private static final int SUM = 2;
  private static final long IGNORED = -100;

  private CausalLmLoss() {}

  /**
   * Loss of a micro-batch; the one that the model computed, if it did.
   *
   * @param weights how the targets' cross entropies add up
   * @throws ModelException if there is no target
   */
  public static Tensor of(ModelOutput output, LossWeights weights) {
    requireTargets(output);
    if (output.loss().isPresent()) {
      return output.loss().get();
    }
    return weighted(output.logits(), output.targets(), weights.alpha(output.goals()));
  }

  /**
   * Mean over the targets of the micro-batch.
   *
   * @throws ModelException if there is no target: the mean has no value then
   */
  public static Tensor mean(ModelOutput output) {
    return of(output, LossWeights.mean());
  }

  /** Sum over the targets; 0 with zero gradients if there is no target. */
  public static Tensor sum(ModelOutput output) {
    return crossEntropy(output.logits(), output.targets(), SUM);
  }

  /**
   * Mean over the sequences of each sequence's mean.
   *
   * @throws ModelException if a sequence has no target
   */
  public static Tensor perSample(ModelOutput output) {
    return of(output, LossWeights.perSample());
  }

  /**
   * Sum over the targets divided by a count, see {@link LossWeights#perToken}; 0 if there is no
   * target.
   */
  public static Tensor perToken(ModelOutput output, double count) {
    LossWeights weights = LossWeights.perToken(count);
    return output.goals().count() == 0 ? sum(output) : of(output, weights);
  }

  /**
   * {@code sum(l / alpha)}.
   *
   * @param logits {@code [n, V]}
   * @param targets {@code [n]}
   * @param alpha one number, or {@code [n]}
   */
  static Tensor weighted(Tensor logits, Tensor targets, Tensor alpha) {
    if (alpha.numel() == 1) {
      Tensor sum = crossEntropy(logits, targets, SUM);
      return sum.div(FloatTypes.cast(alpha.reshape(), FloatTypes.of(sum)));
    }
    Tensor losses = crossEntropy(logits, targets, NONE);
    return losses.div(FloatTypes.cast(alpha, FloatTypes.of(losses))).sum();
  }

  private static Tensor crossEntropy(Tensor logits, Tensor targets, int reduction) {
    Tensor wide = FloatTypes.cast(logits, FloatTypes.atLeastFloat32(FloatTypes.of(logits)));
    return cross_entropy_loss(wide, targets, Constants.NO_TENSOR, reduction, IGNORED, 0.0);
  }

  private static void requireTargets(ModelOutput output) {
    if (output.goals().count() == 0) {
      throw new ModelException(
          ModelException.Kind.NO_TARGETS,
          "Cannot compute a mean loss: the micro-batch of "
              + output.batchRows()
              + " sequences has no target");
    }
  }
}
