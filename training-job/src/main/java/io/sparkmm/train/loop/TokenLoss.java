package io.sparkmm.train.loop;

import io.sparkmm.conf.LossType;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.input.WindowTargets;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.LossWeights;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * A next-token loss by {@code loss_type}, prepared for one micro-batch. What it needs of other
 * ranks is exchanged before the model runs, so that a rank whose loss has no value does not leave
 * the others waiting.
 */
public final class TokenLoss {
  private final LossType type;
  private final int[] targets;
  private final double denominator;
  private final double tokensPerSample;

  private TokenLoss(LossType type, int[] targets, double denominator, double tokensPerSample) {
    this.type = type;
    this.targets = targets;
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
    int[] targets = batch.rowTargetCounts();
    boolean counts =
        switch (type) {
          case DEFAULT, PER_SAMPLE -> false;
          case PER_TOKEN, TOKEN, SQUARE -> true;
        };
    if (!counts && !exchangesLength) {
      return new TokenLoss(type, targets, 1, batch.columns());
    }
    double[] own = {share(type, targets, batch), batch.columns()};
    try (TensorScope scope = TensorScope.open()) {
      Tensor means = HostTensors.of(own, own.length);
      context.dataParallel().allReduce(means, Collectives.Reduction.AVG).await();
      double[] found = HostTensors.doubles(means);
      return new TokenLoss(type, targets, found[0], found[1]);
    }
  }

  /** How the cross entropies of the micro-batch's targets become its loss. */
  public LossWeights weights() {
    if (!hasValue()) {
      // Whatever the model makes of it, apply() refuses it when all ranks can hear.
      return LossWeights.mean();
    }
    return switch (type) {
      case DEFAULT -> LossWeights.mean();
      case PER_SAMPLE -> LossWeights.perSample();
      case PER_TOKEN, TOKEN -> LossWeights.perToken(denominator);
      case SQUARE -> LossWeights.inverseRoot(denominator);
    };
  }

  /**
   * The loss of the micro-batch, a mean.
   *
   * @throws ModelException if it has no value for want of targets
   */
  public LossResult apply(ModelOutput output) {
    if (!hasValue()) {
      throw new ModelException(
          ModelException.Kind.NO_TARGETS,
          "Cannot compute the loss of type " + type.text() + ": targets are missing");
    }
    if (output.goals().count() > 0) {
      return LossResult.mean(CausalLmLoss.of(output, weights()));
    }
    // Other micro-batches have targets; this one adds nothing to their loss.
    return LossResult.mean(output.loss().orElseGet(() -> CausalLmLoss.sum(output)));
  }

  /** Padded length of a sample. */
  public double tokensPerSample() {
    return tokensPerSample;
  }

  private boolean hasValue() {
    return switch (type) {
      case DEFAULT -> Arrays.stream(targets).sum() > 0;
      case PER_SAMPLE -> Arrays.stream(targets).allMatch(count -> count > 0);
      case PER_TOKEN, TOKEN, SQUARE -> denominator > 0;
    };
  }

  private static double share(LossType type, int[] targets, HostBatch batch) {
    return switch (type) {
      case DEFAULT, PER_SAMPLE -> 1;
      case PER_TOKEN ->
          batch.window().map(WindowTargets::perMicroBatch).orElseThrow(TokenLoss::withoutLookAhead);
      case TOKEN -> Arrays.stream(targets).sum();
      case SQUARE -> Arrays.stream(targets).mapToDouble(Math::sqrt).sum();
    };
  }

  private static TrainingException withoutLookAhead() {
    return new TrainingException(
        TrainingException.Kind.NO_LOOK_AHEAD,
        "Cannot compute per_token_loss: the batch does not know the targets of its accumulation"
            + " window; read the data through a LookAheadBatches loader");
  }
}
