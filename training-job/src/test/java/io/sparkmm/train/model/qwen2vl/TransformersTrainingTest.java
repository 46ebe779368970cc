package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.MixedPrecisionPolicy;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.fsdp.UnshardedModel;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamW;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Logits, every gradient and 50 steps of training agree with transformers on PyTorch. */
@Tag("slow")
class TransformersTrainingTest {
  private static final int STEPS = 50;
  private static final long PROBE_FILL = 9000;

  @ParameterizedTest
  @CsvSource({
    "gqa, float64, 1e-8, 1e-8",
    "tied, float64, 1e-8, 1e-8",
    "frozen, float64, 1e-8, 1e-8",
    "100m, float64, 1e-8, 1e-8",
    "gqa, float32, 2e-5, 1e-4",
    "tied, float32, 2e-5, 1e-4",
    "frozen, float32, 2e-5, 1e-4",
    "100m, float32, 2e-5, 1e-4"
  })
  void logitsAndEveryGradientAgree(
      String name, String precision, double logitsLimit, double gradientLimit) {
    ParityModel model = ParityModel.read(name);
    JsonNode golden = model.json().get(precision);
    ScalarType type = type(precision);
    Qwen2VlModel net = model.net(type);
    assertThat(net.namedParameters().values().stream().mapToLong(Parameter::elements).sum())
        .isEqualTo(model.json().get("parameters").asLong());
    for (int number = 0; number < model.batchCount(); number++) {
      try (TensorScope scope = TensorScope.open()) {
        JsonNode expected = golden.get("batches").get(number);
        ParityModel.MicroBatch batch = model.microBatch(number, type);
        checkLogits(net.logits(batch.batch(), batch.video()), expected, logitsLimit);
        Tensor loss = CausalLmLoss.mean(batch.forward(net));
        assertThat(loss.item_double())
            .as("loss of batch %d", number)
            .isCloseTo(expected.get("loss").asDouble(), within(logitsLimit));
        loss.backward();
      }
    }
    checkGradients(net, golden.get("gradients"), gradientLimit);
    release(net);
  }

  @ParameterizedTest
  @CsvSource({
    "gqa, float64, 50, 1e-8",
    "tied, float64, 50, 1e-8",
    "frozen, float64, 50, 1e-8",
    "100m, float64, 2, 1e-8",
    "gqa, float32, 50, 1e-4",
    "tied, float32, 50, 1e-4",
    "frozen, float32, 50, 1e-4",
    "100m, float32, 3, 1e-4"
  })
  void lossesAndNormsOfFiftyStepsAgree(String name, String precision, int steps, double limit) {
    ParityModel model = ParityModel.read(name);
    ScalarType type = type(precision);
    Run run = train(model, new Course(type, type, steps(steps)), UnshardedModel::new);

    double losses = apart(run.losses(), golden(model, precision, "losses"));
    double norms = apart(run.norms(), golden(model, precision, "norms"));
    assertThat(losses).as("losses").isLessThan(limit);
    assertThat(norms).as("gradient norms").isLessThan(100 * limit);
  }

  /**
   * The mean of the other runs is the best guess of what bfloat16 gives; this run must not be much
   * further from it than those runs are from the mean of the rest. It is 0.92 to 1.14 times as far,
   * with the kernels of processors with AVX-512 and without; computing in float32 is 1.72 times as
   * far at least. A few steps do not tell how far runs spread, so the large model is left out
   * unless it makes all of them.
   */
  @ParameterizedTest
  @CsvSource({"gqa, 50", "tied, 50", "frozen, 50", "100m, 0"})
  void bfloat16StaysWithinTheSpreadOfRunsInAnotherOrder(String name, int steps) {
    assumeTrue(steps(steps) > 0, "-Dsparkmm.parity.full=true trains the large model");
    ParityModel model = ParityModel.read(name);
    JsonNode golden = model.json().get("bfloat16");
    double[][] runs =
        IntStream.range(0, golden.size())
            .mapToObj(i -> Arrays.copyOf(Golden.numbers(golden.get(i)), steps(steps)))
            .toArray(double[][]::new);
    FsdpSettings settings =
        new FsdpSettings(
            MixedPrecisionPolicy.of(ScalarType.BFloat16, ScalarType.Float),
            true,
            OptionalInt.empty());
    double[] own =
        Ranks.run(
                1,
                group ->
                    train(
                            model,
                            new Course(ScalarType.Float, ScalarType.BFloat16, steps(steps)),
                            net -> FullyShard.apply(net, model.groups(), group, settings))
                        .losses())
            .get(0);

    double spread = 0.0;
    for (int i = 0; i < runs.length; i++) {
      int left = i;
      double[][] others =
          IntStream.range(0, runs.length)
              .filter(j -> j != left)
              .mapToObj(j -> runs[j])
              .toArray(double[][]::new);
      spread = Math.max(spread, rootMeanSquare(runs[i], mean(others)));
    }
    assertThat(rootMeanSquare(own, mean(runs))).isLessThanOrEqualTo(1.5 * spread);
  }

  private record Run(double[] losses, double[] norms) {}

  /** Types of weights and of inputs, and how many of the 50 steps are made. */
  private record Course(ScalarType stored, ScalarType computed, int steps) {}

  /** The large model takes its first steps only, unless all are asked for. */
  private static int steps(int usual) {
    return Boolean.getBoolean("sparkmm.parity.full") ? STEPS : usual;
  }

  private static Run train(
      ParityModel model, Course course, Function<Qwen2VlModel, ParallelModel> wrapping) {
    Qwen2VlModel net = model.net(course.stored());
    LrSchedule schedule = model.schedule(STEPS);
    GradientClipper clipper = new GradientClipper(model.optimizer("clip"));
    double[] losses = new double[course.steps()];
    double[] norms = new double[course.steps()];
    int count = model.microBatches();
    try (ParallelModel parallel = wrapping.apply(net);
        AdamW optimizer =
            new AdamW(
                ParameterGroups.of(parallel.parameters(), ParameterRule.excluding(List.of())),
                new AdamWSettings(0.9, 0.999, 1e-8, model.optimizer("decay")))) {
      for (int step = 0; step < course.steps(); step++) {
        parallel.clearGradients();
        for (int micro = 0; micro < count; micro++) {
          try (TensorScope scope = TensorScope.open()) {
            Tensor loss =
                CausalLmLoss.mean(
                    model.microBatch(step * count + micro, course.computed()).forward(net));
            losses[step] += loss.item_double() / count;
            parallel.backward(loss.mul(new Scalar(1.0 / count)));
          }
        }
        norms[step] = clipper.clip(parallel.parameters(), parallel.shardGroup());
        optimizer.step(schedule.at(step));
      }
    }
    release(net);
    return new Run(losses, norms);
  }

  private static void checkLogits(Tensor logits, JsonNode expected, double limit) {
    for (JsonNode entry : expected.get("logits")) {
      Tensor row =
          logits.select(0, entry.get("row").asLong()).select(0, entry.get("column").asLong());
      double[] all = HostTensors.doubles(row);
      double[] picked = Arrays.copyOf(Golden.sample(all, 10), entry.get("values").size());
      assertThat(picked)
          .as("row %s, column %s", entry.get("row"), entry.get("column"))
          .containsExactly(Golden.numbers(entry.get("values")), within(limit + 1e-9));
      assertThat(row.argmax().item_long()).isEqualTo(entry.get("argmax").asLong());
    }
  }

  private static void checkGradients(Qwen2VlModel net, JsonNode golden, double limit) {
    Map<String, Parameter> parameters = new TreeMap<>(net.namedParameters());
    int index = 0;
    int checked = 0;
    for (Map.Entry<String, Parameter> entry : parameters.entrySet()) {
      if (entry.getValue().trainable()) {
        try (TensorScope scope = TensorScope.open()) {
          JsonNode expected = golden.get(entry.getKey());
          double[] values = HostTensors.doubles(entry.getValue().grad().orElseThrow());
          checkGradient(entry.getKey(), index, values, expected, limit);
        }
        checked++;
      }
      index++;
    }
    assertThat(checked).isEqualTo(golden.size());
  }

  private static void checkGradient(
      String name, int index, double[] values, JsonNode expected, double limit) {
    double norm = expected.get("norm").asDouble();
    double own = Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
    assertThat(own).as("gradient norm of %s", name).isCloseTo(norm, within(limit * norm));
    for (int k = 0; k < 2; k++) {
      // A projection on random directions sees every element.
      double projection = 0.0;
      for (int e = 0; e < values.length; e++) {
        projection += values[e] * FillRule.value(PROBE_FILL + 2L * index + k, e);
      }
      assertThat(projection)
          .as("projected gradient of %s", name)
          .isCloseTo(expected.get("probes").get(k).asDouble(), within(limit * norm));
    }
    double[] sampled = Golden.numbers(expected.get("values"));
    double largest = expected.get("max").asDouble();
    assertThat(Arrays.copyOf(Golden.sample(values, 6), sampled.length))
        .as("gradient of %s", name)
        .containsExactly(sampled, within(limit * largest));
  }

  private static void release(Qwen2VlModel net) {
    net.namedParameters().values().forEach(Parameter::clearData);
  }

  private static ScalarType type(String precision) {
    return precision.equals("float64") ? ScalarType.Double : ScalarType.Float;
  }

  private static double[] golden(ParityModel model, String precision, String key) {
    return Golden.numbers(model.json().get(precision).get(key));
  }

  /** Largest relative difference of a series from the beginning of another one. */
  private static double apart(double[] actual, double[] expected) {
    return IntStream.range(0, actual.length)
        .mapToDouble(i -> Math.abs(actual[i] - expected[i]) / Math.abs(expected[i]))
        .max()
        .orElseThrow();
  }

  private static double[] mean(double[][] runs) {
    double[] mean = new double[runs[0].length];
    for (double[] run : runs) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += run[i] / runs.length;
      }
    }
    return mean;
  }

  private static double rootMeanSquare(double[] run, double[] centre) {
    double sum = 0.0;
    for (int i = 0; i < run.length; i++) {
      sum += Math.pow((run[i] - centre[i]) / centre[i], 2);
    }
    return Math.sqrt(sum / run.length);
  }
}
