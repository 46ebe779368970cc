package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.MixedPrecisionPolicy;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.fsdp.UnshardedModel;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamW;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The tiny model, sharded, trains like the whole one: same six micro-batches in every step. */
@Tag("slow")
class ShardedQwen2VlTest {
  private static final List<String> GROUPS =
      List.of("visual.blocks.0", "visual.blocks.1", "visual.merger", "model.layers.0", "lm_head");

  private static final int MICRO_BATCHES = 6;

  /** Training of one rank. */
  private record Run(ScalarType type, int steps, boolean frozenTower) {
    Result train(int rank, int size, Function<Qwen2VlModel, ParallelModel> wrapping) {
      Qwen2VlModel net = TinyModels.model(type);
      if (frozenTower) {
        net.namedParameters().values().stream()
            .filter(parameter -> parameter.name().startsWith("visual."))
            .forEach(Parameter::freeze);
      }
      List<Double> norms = new ArrayList<>();
      Map<String, double[]> first = new LinkedHashMap<>();
      try (ParallelModel model = wrapping.apply(net);
          AdamW optimizer =
              new AdamW(
                  ParameterGroups.of(model.parameters(), ParameterRule.decayMatricesOnly()),
                  new AdamWSettings(0.9, 0.999, 1e-8, 0.1))) {
        for (int step = 0; step < steps; step++) {
          model.clearGradients();
          for (int index = rank; index < MICRO_BATCHES; index += size) {
            try (TensorScope scope = TensorScope.open()) {
              Batch batch = Batch.of(microBatch(index), TinyModels.cpu(), type);
              Tensor loss = CausalLmLoss.mean(net.forward(batch));
              model.backward(loss.mul(new Scalar((double) size / MICRO_BATCHES)));
            }
          }
          if (step == 0) {
            collect(model, first);
          }
          norms.add(new GradientClipper(0.5).clip(model.parameters(), model.shardGroup()));
          optimizer.step(1e-3);
        }
        Map<String, double[]> weights = new LinkedHashMap<>();
        for (String name : model.state().names()) {
          try (TensorScope scope = TensorScope.open()) {
            weights.put(name, Tensors.values(model.state().gather(name)));
          }
        }
        return new Result(norms, first, weights);
      }
    }

    Result plain() {
      return Ranks.run(1, group -> train(0, 1, UnshardedModel::new)).get(0);
    }

    List<Result> sharded(int size, boolean reshard) {
      FsdpSettings settings =
          new FsdpSettings(MixedPrecisionPolicy.NONE, reshard, OptionalInt.empty());
      return Ranks.run(
          size,
          group ->
              train(
                  group.rank(),
                  group.size(),
                  model -> FullyShard.apply(model, GROUPS, group, settings)));
    }
  }

  private record Result(
      List<Double> norms, Map<String, double[]> firstGradients, Map<String, double[]> weights) {}

  @Test
  void oneWorkerEqualsPlainTrainingBitForBit() {
    for (boolean frozenTower : new boolean[] {false, true}) {
      Run run = new Run(ScalarType.Float, 20, frozenTower);
      Result plain = run.plain();
      Result sharded = run.sharded(1, true).get(0);

      assertThat(sharded.norms()).isEqualTo(plain.norms());
      plain
          .weights()
          .forEach(
              (name, values) -> assertThat(sharded.weights().get(name)).as(name).isEqualTo(values));
    }
  }

  @Test
  void twoAndThreeWorkersEqualPlainTrainingInDoublePrecision() {
    Run run = new Run(ScalarType.Double, 20, false);
    Result plain = run.plain();
    for (int size : List.of(2, 3)) {
      for (Result rank : run.sharded(size, size == 2)) {
        assertClose(rank.weights(), plain.weights(), 1e-10);
      }
    }
  }

  @Test
  void frozenTowerChangesNothingOfThat() {
    Run run = new Run(ScalarType.Double, 5, true);
    Result plain = run.plain();

    for (Result rank : run.sharded(2, true)) {
      assertClose(rank.weights(), plain.weights(), 1e-10);
    }
  }

  @Test
  void firstGradientsInSinglePrecisionEqualThePlainOnes() {
    Run run = new Run(ScalarType.Float, 1, false);
    Result plain = run.plain();
    for (int size : List.of(2, 3)) {
      List<Result> ranks = run.sharded(size, true);
      Map<String, double[]> joined = new LinkedHashMap<>();
      for (String name : plain.firstGradients().keySet()) {
        joined.put(
            name,
            ranks.stream()
                .flatMapToDouble(rank -> java.util.Arrays.stream(rank.firstGradients().get(name)))
                .toArray());
      }
      assertClose(joined, plain.firstGradients(), 1e-6);
    }
  }

  private static void collect(ParallelModel model, Map<String, double[]> target) {
    try (TensorScope scope = TensorScope.open()) {
      for (Parameter parameter : model.parameters()) {
        parameter
            .grad()
            .ifPresent(gradient -> target.put(parameter.name(), Tensors.values(gradient)));
      }
    }
  }

  /** Two rows with pictures, or, in the second micro-batch, without any. */
  private static HostBatch microBatch(int index) {
    String words = (20 + index) + " " + (40 + 2 * index) + " " + (9 + index);
    if (index == 1) {
      return TinyModels.host(List.of(), "5 " + words, "7 " + words + " 31 8");
    }
    return TinyModels.host(
        List.of(new int[] {1, 4, 4}, new int[] {1, 2, 4}),
        "5 150 151x4 153 " + words,
        "7 150 151x2 153 " + words + " 33");
  }

  /**
   * Differences are relative to the largest weight or gradient of the model: some gradients are
   * zero but for rounding, such as those of key biases.
   */
  private static void assertClose(
      Map<String, double[]> actual, Map<String, double[]> expected, double limit) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    double scale =
        expected.values().stream()
            .flatMapToDouble(java.util.Arrays::stream)
            .map(Math::abs)
            .max()
            .orElseThrow();
    actual.forEach(
        (name, values) -> {
          double[] other = expected.get(name);
          double largest = 0.0;
          for (int i = 0; i < values.length; i++) {
            largest = Math.max(largest, Math.abs(values[i] - other[i]));
          }
          assertThat(largest / scale).as(name).isLessThan(limit);
        });
  }
}
