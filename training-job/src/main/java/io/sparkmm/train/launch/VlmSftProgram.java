package io.sparkmm.train.launch;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.loop.DataIterators;
import io.sparkmm.train.loop.LossResult;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.loop.TrainingProgram;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.metrics.RunSummary;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Supervised fine-tuning of a vision-language model: next-token loss over the answers of prepared
 * conversations with pictures. Programs of users may extend it and replace single callbacks.
 */
public class VlmSftProgram implements TrainingProgram {
  private final TrainPlan.Program plan;

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
    return new DataIterators(
        plan.data().openTrain(context.rank(), context.worldSize(), context.consumedSamples()),
        Optional.empty(),
        Optional.empty());
  }

  @Override
  public Batch getBatch(BatchIterator iterator, TrainContext context) {
    return Batch.of(iterator.next(), new Device("cpu"), context.computeType());
  }

  @Override
  public ForwardResult forwardStep(
      BatchIterator iterator, TrainableModel model, TrainContext context) {
    Batch batch = getBatch(iterator, context);
    int columns = batch.host().columns();
    return new ForwardResult(
        model.forward(batch),
        output -> {
          LossResult result = lossFunction(output, context);
          return plan.logTokens() ? withTokens(result, columns, context) : result;
        });
  }

  @Override
  public LossResult lossFunction(ModelOutput output, TrainContext context) {
    return new LossResult(
        switch (plan.loss()) {
          case DEFAULT -> CausalLmLoss.mean(output);
          case PER_SAMPLE -> CausalLmLoss.perSample(output);
          case PER_TOKEN ->
              throw new IllegalStateException(
                  "Cannot compute the loss per token: there is no look-ahead loader");
        },
        Map.of());
  }

  private static LossResult withTokens(LossResult result, int columns, TrainContext context) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor means = torchPair(columns, result.loss().item_double());
      context.dataParallel().allReduce(means, Collectives.Reduction.AVG).await();
      Map<String, Double> log = new LinkedHashMap<>();
      log.put(RunSummary.TOKENS_PER_SAMPLE, means.data_ptr_double().get(0));
      log.put("loss", means.data_ptr_double().get(1));
      return new LossResult(result.loss(), log);
    }
  }

  private static Tensor torchPair(double first, double second) {
    Tensor pair = torch.zeros(new long[] {2}, new TensorOptions(ScalarType.Double));
    pair.data_ptr_double().put(new double[] {first, second});
    return pair;
  }
}
