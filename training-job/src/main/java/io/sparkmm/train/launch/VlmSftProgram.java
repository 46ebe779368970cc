package io.sparkmm.train.launch;

import io.sparkmm.conf.LossType;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.LookAheadBatches;
import io.sparkmm.train.loop.DataIterators;
import io.sparkmm.train.loop.LossResult;
import io.sparkmm.train.loop.TokenLoss;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.loop.TrainingProgram;
import io.sparkmm.train.metrics.RunSummary;
import io.sparkmm.train.model.ChunkedLoss;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import java.util.Objects;
import java.util.Optional;

/**
 * Supervised fine-tuning of a vision-language model: next-token loss over the answers of prepared
 * conversations with pictures. Programs of users may extend it and replace single callbacks.
 */
public class VlmSftProgram implements TrainingProgram {
  private final TrainPlan.Program plan;

  /** Of the micro-batch that runs. */
  private TokenLoss loss;

  /** Makes the program of a worker. */
  public VlmSftProgram(TrainPlan.Program plan) {
    this.plan = Objects.requireNonNull(plan, "plan");
  }

  /** What this program was told. */
  protected final TrainPlan.Program plan() {
    return plan;
  }

  @Override
  public TrainableModel modelProvider(TrainContext context) {
    return plan.model().build(context.seed());
  }

  @Override
  public DataIterators trainValidTestDatasetsProvider(TrainContext context) {
    DataPlan data = plan.data();
    return new DataIterators(
        counted(
            data.openTrain(context.rank(), context.worldSize(), context.consumedSamples()),
            context),
        plan.validates()
            ? Optional.of(
                counted(data.openValidation(context.rank(), context.worldSize()), context))
            : Optional.empty(),
        Optional.empty());
  }

  @Override
  public ForwardResult forwardStep(
      BatchIterator iterator, TrainableModel model, TrainContext context) {
    Batch batch = getBatch(iterator, context);
    loss = TokenLoss.prepare(plan.loss().type(), plan.logTokens(), batch.host(), context);
    double tokens = loss.tokensPerSample();
    return new ForwardResult(
        run(model, batch, loss),
        output -> {
          LossResult result = lossFunction(output, context);
          return plan.logTokens() ? result.with(RunSummary.TOKENS_PER_SAMPLE, tokens) : result;
        });
  }

  @Override
  public LossResult lossFunction(ModelOutput output, TrainContext context) {
    return loss.apply(output);
  }

  private ModelOutput run(TrainableModel model, Batch batch, TokenLoss prepared) {
    return plan.loss()
        .chunks()
        .map(size -> model.forward(batch, new ChunkedLoss(prepared.weights(), size)))
        .orElseGet(() -> model.forward(batch));
  }

  /** The same data, counted in accumulation windows where the loss needs it. */
  private BatchIterator counted(BatchIterator source, TrainContext context) {
    return plan.loss().type() == LossType.PER_TOKEN
        ? new LookAheadBatches(source, plan.data().sampling().microBatches(context.worldSize()))
        : source;
  }
}
