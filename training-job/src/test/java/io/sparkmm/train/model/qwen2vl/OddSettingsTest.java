package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.testing.Ranks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every combination of types and shard sizes trains on batches with clips, without pictures, with
 * left and right padding, as plain training does.
 */
@Tag("slow")
class OddSettingsTest {
  private static final int STEPS = 3;
  private static final int MICRO_BATCHES = 4;

  @ParameterizedTest
  @CsvSource({
    // model, ranks, shard size (0 = all), parameter, reduce and output type, cast, keep, limit
    "gqa, 4, 0, none, none, none, true, false, 1e-5",
    "gqa, 4, 1, none, none, none, true, true, 1e-5",
    "gqa, 4, 2, none, none, none, false, false, 1e-5",
    "tied, 4, 2, none, none, none, true, false, 1e-5",
    "tied, 2, 0, BFloat16, Float, none, true, false, 5e-2",
    "gqa, 2, 0, BFloat16, Float, Float, true, false, 5e-2",
    "gqa, 2, 1, BFloat16, BFloat16, none, true, false, 5e-2",
    "gqa, 2, 2, BFloat16, none, BFloat16, true, true, 5e-2",
    "gqa, 2, 0, none, BFloat16, none, true, false, 5e-2",
    "gqa, 4, 2, Float, BFloat16, Float, true, false, 5e-2",
    "frozen, 4, 0, BFloat16, Float, none, false, false, 5e-2",
    "frozen, 4, 2, Half, Float, none, true, false, 5e-2",
    "frozen, 2, 0, Half, Half, none, true, true, 5e-2",
    "frozen, 1, 0, BFloat16, Float, Float, true, false, 5e-2"
  })
  void trainsLikePlainTraining(
      String name,
      int ranks,
      int shards,
      String param,
      String reduce,
      String output,
      boolean cast,
      boolean keep,
      double limit) {
    ParityModel model = ParityModel.read(name);
    MixedPrecisionPolicy policy =
        new MixedPrecisionPolicy(type(param), type(reduce), type(output), cast);
    FsdpSettings settings =
        new FsdpSettings(policy, !keep, shards == 0 ? OptionalInt.empty() : OptionalInt.of(shards));
    List<String> groups = new ArrayList<>(model.groups());
    if (!model.config().tieWordEmbeddings()) {
      groups.add("lm_head");
    }
    double[] plain = Ranks.run(1, group -> train(model, 0, 1, UnshardedModel::new)).get(0);

    List<double[]> sharded =
        Ranks.run(
            ranks,
            group ->
                train(
                    model,
                    group.rank(),
                    ranks,
                    net -> FullyShard.apply(net, groups, group, settings)));

    for (int step = 0; step < STEPS; step++) {
      int at = step;
      double mean = sharded.stream().mapToDouble(losses -> losses[at]).average().orElseThrow();
      assertThat(Math.abs(mean - plain[at]) / plain[at]).as("step %d", at).isLessThan(limit);
    }
  }

  @Test
  void anOutputTypeThatNobodyCastsBackIsNamedWithTheWeight() {
    ParityModel model = ParityModel.read("gqa");
    MixedPrecisionPolicy policy =
        new MixedPrecisionPolicy(type("BFloat16"), type("Float"), type("Float"), true);
    FsdpSettings settings = new FsdpSettings(policy, true, OptionalInt.empty());

    Throwable thrown =
        Ranks.outcomes(
                1,
                Duration.ofSeconds(60),
                group ->
                    train(
                        model, 0, 1, net -> FullyShard.apply(net, model.groups(), group, settings)))
            .get(0)
            .thrown();

    assertThat(thrown)
        .hasMessageContaining("Cannot multiply by lm_head.weight: its type is BFloat16")
        .hasMessageContaining("that of the input is Float")
        .hasMessageContaining("list its module in sub_modules_to_wrap");
  }

  private static Optional<ScalarType> type(String name) {
    return name.equals("none") ? Optional.empty() : Optional.of(ScalarType.valueOf(name));
  }

  private static double[] train(
      ParityModel model, int rank, int ranks, Function<Qwen2VlModel, ParallelModel> wrapping) {
    Qwen2VlModel net = model.net(ScalarType.Float);
    double[] losses = new double[STEPS];
    int own = MICRO_BATCHES / ranks;
    try (ParallelModel parallel = wrapping.apply(net);
        AdamW optimizer =
            new AdamW(
                ParameterGroups.of(parallel.parameters(), ParameterRule.excluding(List.of())),
                new AdamWSettings(0.9, 0.999, 1e-8, 0.1))) {
      for (int step = 0; step < STEPS; step++) {
        parallel.clearGradients();
        for (int micro = 0; micro < own; micro++) {
          try (TensorScope scope = TensorScope.open()) {
            int number = step * MICRO_BATCHES + micro * ranks + rank;
            Tensor loss =
                CausalLmLoss.mean(model.microBatch(number, ScalarType.Float).forward(net));
            losses[step] += loss.item_double() / own;
            parallel.backward(loss.mul(new Scalar(1.0 / own)));
          }
        }
        optimizer.step(1e-3);
      }
    }
    net.namedParameters().values().forEach(Parameter::clearData);
    return losses;
  }
}
