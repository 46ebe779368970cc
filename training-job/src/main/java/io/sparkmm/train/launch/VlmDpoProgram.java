package io.sparkmm.train.launch;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.dpo.AnswerLogProbabilities;
import io.sparkmm.train.dpo.DpoLoss;
import io.sparkmm.train.dpo.PreferenceRows;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.loop.DataIterators;
import io.sparkmm.train.loop.LossResult;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.metrics.RunSummary;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.torch.HostTensors;
import io.sparkmm.train.torch.Scoped;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Preference training of a vision-language model on prepared pairs of answers ({@link DpoLoss}).
 * Batch sizes count pairs. Programs of users may extend it.
 */
public class VlmDpoProgram extends VlmSftProgram implements AutoCloseable {
  /** Log value: share of pairs whose chosen answer has the greater reward. */
  static final String ACCURACY = "rewards/accuracies";

  /** Log value: the loss. */
  static final String LOSS = "lm loss";

  private final DpoPlan dpo;
  private Optional<ReferenceModel> reference = Optional.empty();

  /** Of the micro-batch that runs. */
  private Tensor referenceAnswers;

  private boolean complete;

  /**
   * Makes the program of a worker.
   *
   * @throws LaunchException if the run is no preference training
   */
  public VlmDpoProgram(TrainPlan.Program plan) {
    super(plan);
    dpo =
        plan.dpo().stream()
            .findFirst()
            .orElseThrow(
                () ->
                    new LaunchException(
                        LaunchException.Kind.SETTINGS,
                        "Cannot train preferences: posttrain_qwen2vl_dpo.py is not among the"
                            + " arguments"));
  }

  /** Makes the reference before the data are opened, when the trained model has its weights. */
  @Override
  public DataIterators trainValidTestDatasetsProvider(TrainContext context) {
    reference = dpo.reference().stream().findFirst().map(how -> ReferenceModel.load(how, context));
    return super.trainValidTestDatasetsProvider(context);
  }

  @Override
  public ForwardResult forwardStep(
      BatchIterator iterator, TrainableModel model, TrainContext context) {
    Batch batch = getBatch(iterator, context);
    PreferenceRows.require(batch.host());
    complete = Arrays.stream(batch.host().rowTargetCounts()).allMatch(count -> count > 0);
    ReferenceModel asked = reference.orElseGet(() -> ReferenceModel.under(model));
    referenceAnswers = Scoped.compute(() -> asked.ask(batch, AnswerLogProbabilities::of));
    Optional<Double> tokens =
        plan().logTokens()
            ? Optional.of(mean(context, 2.0 * batch.host().columns())[0])
            : Optional.empty();
    return new ForwardResult(
        model.forward(batch), output -> withTokens(lossFunction(output, context), tokens));
  }

  @Override
  public LossResult lossFunction(ModelOutput output, TrainContext context) {
    DpoLoss loss =
        DpoLoss.of(
            new DpoLoss.Answers(
                AnswerLogProbabilities.of(output),
                referenceAnswers,
                AnswerLogProbabilities.lengths(output)),
            dpo.loss());
    // A rank whose answers are incomplete takes part, so that the others do not wait for it.
    double[] means = mean(context, loss.accuracy(), loss.loss().item_double());
    if (!complete) {
      throw new ModelException(
          ModelException.Kind.NO_TARGETS,
          "Cannot compare preferences: an answer has no supervised label");
    }
    Map<String, Double> log = new LinkedHashMap<>();
    log.put(ACCURACY, means[0]);
    log.put(LOSS, means[1]);
    return new LossResult(loss.loss(), log);
  }

  @Override
  public void close() {
    reference.ifPresent(ReferenceModel::close);
  }

  /** Adds the padded tokens of a pair, where they are to be told. */
  private static LossResult withTokens(LossResult result, Optional<Double> tokens) {
    if (tokens.isEmpty()) {
      return result;
    }
    Map<String, Double> log = new LinkedHashMap<>();
    log.put(RunSummary.TOKENS_PER_SAMPLE, tokens.get());
    log.putAll(result.log());
    return new LossResult(result.loss(), log);
  }

  private static double[] mean(TrainContext context, double... values) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor means = HostTensors.of(values, values.length);
      context.dataParallel().allReduce(means, Collectives.Reduction.AVG).await();
      return HostTensors.doubles(means);
    }
  }
}
