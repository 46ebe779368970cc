package io.sparkmm.train.loop;

import io.sparkmm.conf.LossType;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.input.WindowTargets;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.torch.HostTensors;
import org.bytedeco.pytorch.Tensor;

/**
 * A next-token loss by {@code loss_type}, prepared for one micro-batch. What it needs of other
 * ranks is exchanged before the model runs, so that a rank whose loss has no value does not leave
 * the others waiting.
 */
public final class TokenLoss {
  private final LossType type;
  private final double denominator;
  private final double tokensPerSample;

  private TokenLoss(LossType type, double denominator, double tokensPerSample) {
    this.type = type;
    this.denominator = denominator;
    this.tokensPerSample = tokensPerSample;
  }

  /**
   * Prepares the loss; every rank calls it for every micro-batch.
   *
   * @param exchangesLength whether {@link #tokensPerSample} is to be the mean over the ranks
   * @throws TrainingException if a loss per token is to be computed of a batch whose window nobody
   *     has counted
   */
  public static TokenLoss prepare(
      LossType type, boolean exchangesLength, HostBatch batch, TrainContext context) {
    boolean counts =
        switch (type) {
          case DEFAULT, PER_SAMPLE -> false;
          case PER_TOKEN, TOKEN, SQUARE -> true;
        };
    if (!counts && !exchangesLength) {
      return new TokenLoss(type, 1, batch.columns());
    }
    double[] own = {local(type, batch), batch.columns()};
    try (TensorScope scope = TensorScope.open()) {
      Tensor means = HostTensors.of(own, own.length);
      context.dataParallel().allReduce(means, Collectives.Reduction.AVG).await();
      double[] found = HostTensors.doubles(means);
      return new TokenLoss(type, found[0], found[1]);
    }
  }

  /**
   * The loss of the micro-batch, a mean.
   *
   * @throws io.sparkmm.train.model.ModelException if it has no value for want of targets
   */
  public LossResult apply(ModelOutput output) {
    return LossResult.mean(
        switch (type) {
          case DEFAULT -> CausalLmLoss.mean(output);
          case PER_SAMPLE -> CausalLmLoss.perSample(output);
          case PER_TOKEN, TOKEN -> CausalLmLoss.perToken(output, denominator);
          case SQUARE -> CausalLmLoss.inverseRoot(output, denominator);
        });
  }

  /** Padded length of a sample. */
  public double tokensPerSample() {
    return tokensPerSample;
  }

  private static double local(LossType type, HostBatch batch) {
    return switch (type) {
      case DEFAULT, PER_SAMPLE -> 1;
      case PER_TOKEN ->
          batch.window().map(WindowTargets::perMicroBatch).orElseThrow(TokenLoss::withoutLookAhead);
      case TOKEN -> batch.targetCount();
      case SQUARE -> {
        double weights = 0;
        for (int count : batch.rowTargetCounts()) {
          weights += Math.sqrt(count);
        }
        yield weights;
      }
    };
  }

  private static TrainingException withoutLookAhead() {
    return new TrainingException(
        TrainingException.Kind.NO_LOOK_AHEAD,
        "Cannot compute per_token_loss: the batch does not know the targets of its accumulation"
            + " window; read the data through a LookAheadBatches loader");
  }
}
