package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.dpo.AnswerLogProbabilities;
import io.sparkmm.train.dpo.DpoLoss;
import io.sparkmm.train.dpo.DpoSettings;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.MixedPrecisionPolicy;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.fsdp.UnshardedModel;
import io.sparkmm.train.lora.Lora;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamW;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.testing.Ranks;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten steps on preferences agree with transformers, PEFT and the loss of TRL. */
class DpoTrainingTest {
  private static final int SCHEDULED = 50;
  private static final int STEPS = 10;

  @ParameterizedTest
  @CsvSource({
    "plain, float64, 1e-8",
    "rich, float64, 1e-8",
    "lora, float64, 1e-8",
    "plain, float32, 1e-4",
    "rich, float32, 1e-4",
    "lora, float32, 1e-4"
  })
  void lossesAccuraciesAndNormsAgree(String name, String precision, double limit) {
    ParityModel model = read(name);
    JsonNode golden = model.json().get(precision);

    Run run =
        train(
            model,
            precision.equals("float64") ? ScalarType.Double : ScalarType.Float,
            UnshardedModel::new);

    assertThat(apart(run.losses(), Golden.numbers(golden.get("losses")))).isLessThan(limit);
    assertThat(apart(run.norms(), Golden.numbers(golden.get("norms")))).isLessThan(100 * limit);
    if (precision.equals("float64")) {
      assertThat(run.accuracies())
          .containsExactly(Golden.numbers(golden.get("accuracies")), within(1e-12));
    }
    assertThat(run.losses()[0])
        .satisfies(
            loss -> {
              if (model.json().get("ftx").asDouble() == 0) {
                assertThat(loss).isCloseTo(Math.log(2), within(1e-6));
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"rich", "lora"})
  void shardedModelsTrainAsWholeOnes(String name) {
    ParityModel model = read(name);
    Run whole = train(model, ScalarType.Double, UnshardedModel::new);

    for (Run sharded :
        Ranks.run(
            2,
            group ->
                train(
                    model,
                    ScalarType.Double,
                    net ->
                        FullyShard.apply(
                            net,
                            model.groups(),
                            group,
                            new FsdpSettings(
                                MixedPrecisionPolicy.NONE, true, OptionalInt.empty()))))) {
      assertThat(apart(sharded.losses(), whole.losses())).isLessThan(1e-11);
      assertThat(apart(sharded.norms(), whole.norms())).isLessThan(1e-10);
    }
  }

  private record Run(double[] losses, double[] accuracies, double[] norms) {}

  private static ParityModel read(String name) {
    return new ParityModel(Golden.read("dpo-" + name + ".json").json());
  }

  private static Run train(
      ParityModel model, ScalarType type, Function<Qwen2VlModel, ParallelModel> wrapping) {
    boolean adapts = model.json().has("targets");
    Qwen2VlModel net = adapts ? new LoraCase(model).net(type) : model.net(type);
    Qwen2VlModel other = adapts ? net : model.net(type);
    DpoSettings settings =
        new DpoSettings(number(model, "beta"), number(model, "smoothing"), number(model, "ftx"));
    LrSchedule schedule = model.schedule(SCHEDULED);
    GradientClipper clipper = new GradientClipper(model.optimizer("clip"));
    Run run = new Run(new double[STEPS], new double[STEPS], new double[STEPS]);
    int count = model.microBatches();
    if (!adapts) {
      other.namedParameters().values().forEach(Parameter::freeze);
    }
    try (ParallelModel parallel = wrapping.apply(net);
        ParallelModel asked = adapts ? parallel : wrapping.apply(other);
        AdamW optimizer =
            new AdamW(
                ParameterGroups.of(parallel.parameters(), ParameterRule.decayMatricesOnly()),
                new AdamWSettings(0.9, 0.999, 1e-8, model.optimizer("decay")))) {
      for (int step = 0; step < STEPS; step++) {
        parallel.clearGradients();
        for (int micro = 0; micro < count; micro++) {
          try (TensorScope scope = TensorScope.open()) {
            ParityModel.MicroBatch batch = model.microBatch(step * count + micro, type);
            Tensor expected = reference(other, batch);
            if (!adapts) {
              asked.endForwardPass();
            }
            var output = batch.forward(net);
            DpoLoss loss =
                DpoLoss.of(
                    new DpoLoss.Answers(
                        AnswerLogProbabilities.of(output),
                        expected,
                        AnswerLogProbabilities.lengths(output)),
                    settings);
            run.losses()[step] += loss.loss().item_double() / count;
            run.accuracies()[step] += loss.accuracy() / count;
            parallel.backward(loss.loss().mul(new Scalar(1.0 / count)));
          }
        }
        run.norms()[step] = clipper.clip(parallel.parameters(), parallel.shardGroup());
        optimizer.step(schedule.at(step));
      }
    }
    return run;
  }

  private static Tensor reference(Qwen2VlModel net, ParityModel.MicroBatch batch) {
    try (NoGradGuard off = new NoGradGuard()) {
      return Lora.without(net, () -> AnswerLogProbabilities.of(batch.forward(net)));
    }
  }

  private static double number(ParityModel model, String key) {
    return model.json().get(key).asDouble();
  }

  private static double apart(double[] actual, double[] expected) {
    return IntStream.range(0, actual.length)
        .mapToDouble(i -> Math.abs(actual[i] - expected[i]) / Math.abs(expected[i]))
        .max()
        .orElseThrow();
  }
}
