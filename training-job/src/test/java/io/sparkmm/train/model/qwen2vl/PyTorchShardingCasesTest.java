package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.MixedPrecisionPolicy;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.fsdp.Prefetch;
import io.sparkmm.train.fsdp.Residence;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamW;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.recompute.Recompute;
import io.sparkmm.train.testing.Ranks;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Losses and gradient norms of 20 steps, or of the first of them, are those of PyTorch's own {@code
 * fully_shard} on 2 and 4 processes, with the files that {@code make_fsdp_cases.py} made.
 */
@Tag("slow")
class PyTorchShardingCasesTest {
  private static final int STEPS = Ranks.steps(20);
  private static final double RATE = 1e-3;
  private static final double DECAY = 0.1;

  /** Everything is computed in the type of the weights, or in float64. */
  @ParameterizedTest
  @CsvSource({
    "plain",
    "keep",
    "accumulate",
    "clip",
    "uneven",
    "frozen",
    "frozen-keep",
    "hsdp",
    "hsdp-keep",
    "replicated",
    "between",
    "between-recompute",
    "recompute",
    "recompute-reentrant",
    "recompute-keep",
    "ignored-frozen",
    "ignored-trained",
    "offload",
    "prefetch",
    "prefetch-far"
  })
  void trainsLikePyTorch(String name) {
    assertSame(name, "float64", 1e-10);
    assertSame(name, "float32", 1e-5);
  }

  /**
   * Rounding of narrow types is exact only where both sides add in the same order, which neither
   * their matrix products do nor the sums over ranks.
   */
  @ParameterizedTest
  @CsvSource({
    "mixed-wide, 1e-10, 1e-6",
    "mixed-narrow-reduce, 5e-4, 5e-4",
    "mixed-half-reduce, 5e-4, 5e-4",
    "mixed, 1e-2, 1e-2",
    "mixed-all, 1e-2, 1e-2",
    "mixed-no-cast, 1e-2, 1e-2"
  })
  void trainsLikePyTorchInMixedPrecision(String name, double wideLimit, double limit) {
    assertSame(name, "float64", wideLimit);
    assertSame(name, "float32", limit);
  }

  private record Run(double[] losses, double[] norms) implements Serializable {}

  private static void assertSame(String name, String precision, double limit) {
    ParityModel model = new ParityModel(Golden.read("fsdp/" + name + ".json").json());
    ScalarType type = precision.equals("float64") ? ScalarType.Double : ScalarType.Float;
    for (JsonNode world : worlds(model, precision)) {
      JsonNode golden = model.json().get(world.asText()).get(precision);
      List<Run> ranks = Ranks.run(world.asInt(), group -> train(model, type, group));
      for (int rank = 0; rank < ranks.size(); rank++) {
        double losses =
            apart(ranks.get(rank).losses(), Golden.numbers(golden.get("losses").get(rank)));
        double norms = apart(ranks.get(rank).norms(), Golden.numbers(golden.get("norms")));
        assertThat(losses)
            .as("losses of %s in %s, rank %d of %s", name, precision, rank, world)
            .isLessThan(limit);
        assertThat(norms)
            .as("gradient norms of %s in %s, rank %d of %s", name, precision, rank, world)
            .isLessThan(normLimit(limit));
      }
    }
  }

  /** What float64 tells of many ranks, float32 need not repeat unless all is asked for. */
  private static List<JsonNode> worlds(ParityModel model, String precision) {
    List<JsonNode> worlds = new ArrayList<>();
    model.json().get("worlds").forEach(worlds::add);
    boolean all = precision.equals("float64") || Boolean.getBoolean("sparkmm.parity.full");
    return all ? worlds : worlds.subList(0, 1);
  }

  /** In narrow types norms are as far apart as single gradients, losses are averages. */
  private static double normLimit(double limit) {
    return limit > 1e-5 ? 3 * limit : limit;
  }

  private static Run train(ParityModel model, ScalarType type, Collectives group) {
    JsonNode fsdp = model.json().get("fsdp");
    Qwen2VlModel net = model.net(type);
    if (fsdp.path("recompute").asBoolean()) {
      boolean reentrant = fsdp.get("use_reentrant").asBoolean();
      Recompute.apply(
          net,
          model.groups().stream().filter(path -> !path.equals("visual.merger")).toList(),
          reentrant ? Recompute.Form.REENTRANT : Recompute.Form.NON_REENTRANT);
    }
    double[] losses = new double[STEPS];
    double[] norms = new double[STEPS];
    GradientClipper clipper = new GradientClipper(model.json().get("clip").asDouble());
    int count = model.microBatches();
    try (ParallelModel parallel = FullyShard.apply(net, groups(model), group, settings(fsdp));
        AdamW optimizer =
            new AdamW(
                ParameterGroups.of(parallel.parameters(), ParameterRule.excluding(List.of())),
                new AdamWSettings(0.9, 0.999, 1e-8, DECAY))) {
      for (int step = 0; step < STEPS; step++) {
        parallel.clearGradients();
        for (int micro = 0; micro < count; micro++) {
          try (TensorScope scope = TensorScope.open()) {
            int number = (step * count + micro) * group.size() + group.rank();
            Tensor loss = CausalLmLoss.mean(model.microBatch(number, type).forward(net));
            losses[step] += loss.item_double() / count;
            parallel.backward(loss.mul(new Scalar(1.0 / count)));
          }
        }
        norms[step] =
            clipper.clip(parallel.parameters(), parallel::countsInNorm, parallel.shardGroup());
        optimizer.step(RATE);
      }
    }
    net.namedParameters().values().forEach(Parameter::clearData);
    return new Run(losses, norms);
  }

  private static List<String> groups(ParityModel model) {
    List<String> groups = new ArrayList<>(model.groups());
    model.json().get("fsdp").path("ignored_modules").forEach(path -> groups.remove(path.asText()));
    model.json().get("groups").forEach(path -> groups.add(path.asText()));
    return groups;
  }

  private static FsdpSettings settings(JsonNode fsdp) {
    MixedPrecisionPolicy policy =
        new MixedPrecisionPolicy(
            type(fsdp, "param_dtype"),
            type(fsdp, "reduce_dtype"),
            type(fsdp, "output_dtype"),
            fsdp.path("cast_forward_inputs").asBoolean(true));
    OptionalInt shards =
        fsdp.has("sharding_size")
            ? OptionalInt.of(fsdp.get("sharding_size").asInt())
            : OptionalInt.empty();
    List<String> ignored = new ArrayList<>();
    fsdp.path("ignored_modules").forEach(path -> ignored.add(path.asText()));
    Prefetch prefetch =
        new Prefetch(
            fsdp.path("forward_prefetch").asInt(0), fsdp.path("backward_prefetch").asInt(1));
    JsonNode reshard = fsdp.path("reshard_after_forward");
    FsdpSettings settings =
        new FsdpSettings(policy, reshard.asBoolean(true), shards)
            .withIgnored(ignored)
            .withPrefetch(prefetch)
            .withReshardSize(
                reshard.isInt() ? OptionalInt.of(reshard.asInt()) : OptionalInt.empty());
    return fsdp.path("offload_to_cpu").asBoolean()
        ? settings.withResidence(new Residence("cpu", true, false))
        : settings;
  }

  private static Optional<ScalarType> type(JsonNode fsdp, String key) {
    if (!fsdp.has(key)) {
      return Optional.empty();
    }
    return Optional.of(
        switch (fsdp.get(key).asText()) {
          case "bf16" -> ScalarType.BFloat16;
          case "fp16" -> ScalarType.Half;
          case "fp32" -> ScalarType.Float;
          case "fp64" -> ScalarType.Double;
          default ->
              throw new IllegalArgumentException(
                  String.format(Locale.ROOT, "Cannot use type %s", fsdp.get(key)));
        });
  }

  private static double apart(double[] actual, double[] expected) {
    assertThat(actual).hasSize(STEPS);
    assertThat(expected).hasSizeGreaterThanOrEqualTo(STEPS);
    double largest = 0.0;
    for (int i = 0; i < actual.length; i++) {
      largest = Math.max(largest, Math.abs(actual[i] - expected[i]) / Math.abs(expected[i]));
    }
    return largest;
  }
}
