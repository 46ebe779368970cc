package io.sparkmm.train.dpo;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How likely a model finds the answers of a micro-batch. */
public final class AnswerLogProbabilities {
  private static final int NONE = 0;
  private static final long IGNORED = -100;

  private AnswerLogProbabilities() {}

  /**
   * Sums of the targets' log-probabilities, in float32 at least; 0 for a row without targets.
   *
   * @return {@code [B]}, a value per row of the micro-batch
   */
  public static Tensor of(ModelOutput output) {
    Tensor logits = output.logits();
    Tensor wide = FloatTypes.cast(logits, FloatTypes.atLeastFloat32(FloatTypes.of(logits)));
    Tensor losses =
        cross_entropy_loss(wide, output.targets(), Constants.NO_TENSOR, NONE, IGNORED, 0.0);
    return torch
        .zeros(new long[] {output.batchRows()}, losses.options())
        .index_add(0, output.rows(), losses.neg());
  }

  /** Number of targets of each row, {@code [B]} int64. */
  public static Tensor lengths(ModelOutput output) {
    return output.rows().bincount(Constants.NO_TENSOR, output.batchRows());
  }
}
