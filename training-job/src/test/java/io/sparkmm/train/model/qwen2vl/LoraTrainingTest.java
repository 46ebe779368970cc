package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.MixedPrecisionPolicy;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.fsdp.UnshardedModel;
import io.sparkmm.train.lora.Lora;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamW;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.recompute.Recompute;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.RecordingCollectives;
import io.sparkmm.train.torch.HostTensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Adapters train as those of PEFT do, alone and sharded. */
class LoraTrainingTest {
  private static final int SCHEDULED = 50;
  private static final int STEPS = 20;

  @ParameterizedTest
  @CsvSource({
    "text, float64, 1e-8",
    "text, float32, 1e-4",
    "megatron, float64, 1e-8",
    "megatron, float32, 1e-4"
  })
  void lossesNormsAndAdaptersAgreeWithPeft(String name, String precision, double limit) {
    Case lora = Case.read(name);
    JsonNode golden = lora.model().json().get(precision);

    Run run = lora.train(type(precision), STEPS, UnshardedModel::new);

    assertThat(apart(run.losses(), Golden.numbers(golden.get("losses")))).isLessThan(limit);
    assertThat(apart(run.norms(), Golden.numbers(golden.get("norms")))).isLessThan(100 * limit);
    assertThat(run.adapters()).hasSize(golden.get("adapters").size());
    run.adapters()
        .forEach(
            (adapter, norm) -> {
              double expected = golden.get("adapters").get(adapter).asDouble();
              assertThat(norm).as(adapter).isCloseTo(expected, within(100 * limit * expected));
            });
  }

  @Test
  void beginsAsTheModelWithoutAdapters() {
    Case lora = Case.read("text");
    Qwen2VlModel plain = lora.model().net(ScalarType.Float);
    Qwen2VlModel adapted = lora.lora().net(ScalarType.Float);
    try (TensorScope scope = TensorScope.open()) {
      ParityModel.MicroBatch batch = lora.model().microBatch(0, ScalarType.Float);
      double[] expected = HostTensors.doubles(batch.forward(plain).logits().reshape(-1));
      assertThat(HostTensors.doubles(batch.forward(adapted).logits().reshape(-1)))
          .containsExactly(expected);

      adapted.namedParameters().values().stream()
          .filter(parameter -> parameter.role() == Parameter.Role.ADAPTER_OUT)
          .forEach(parameter -> parameter.data().detach().fill_(new Scalar(1.0)));
      assertThat(HostTensors.doubles(batch.forward(adapted).logits().reshape(-1)))
          .isNotEqualTo(expected);
      assertThat(
              Lora.without(
                  adapted, () -> HostTensors.doubles(batch.forward(adapted).logits().reshape(-1))))
          .containsExactly(expected);
    }
  }

  @Test
  void shardedAdaptersTrainAsWholeOnes() {
    Case lora = Case.read("megatron");
    Run whole = lora.train(ScalarType.Double, 4, UnshardedModel::new);

    for (Run sharded : sharded(lora, 4, net -> {})) {
      assertThat(apart(sharded.losses(), whole.losses())).isLessThan(1e-12);
      assertThat(apart(sharded.norms(), whole.norms())).isLessThan(1e-11);
    }
  }

  @Test
  void sixteenBitComputationStaysCloseToThatOfWiderTypes() {
    Case lora = Case.read("megatron");
    Run wide = lora.train(ScalarType.Float, 6, UnshardedModel::new);
    FsdpSettings settings =
        new FsdpSettings(
            MixedPrecisionPolicy.of(ScalarType.BFloat16, ScalarType.Float),
            true,
            OptionalInt.empty());

    for (Run narrow :
        Ranks.run(
            2,
            group ->
                lora.train(
                    ScalarType.Float,
                    6,
                    net -> FullyShard.apply(net, lora.model().groups(), group, settings)))) {
      assertThat(apart(narrow.losses(), wide.losses())).isBetween(1e-7, 2e-2);
      assertThat(apart(narrow.norms(), wide.norms())).isLessThan(0.1);
    }
  }

  @ParameterizedTest
  @EnumSource(Recompute.Form.class)
  void recomputedLayersTrainTheirAdapters(Recompute.Form form) {
    Case lora = Case.read("text");
    Run whole = lora.train(ScalarType.Double, 3, UnshardedModel::new);

    List<Run> runs =
        sharded(
            lora,
            3,
            net -> {
              Lora.requireGradients(net, lora.lora().settings());
              Recompute.apply(
                  net,
                  List.of("visual.blocks.0", "visual.blocks.1", "model.layers.0", "model.layers.1"),
                  form);
            });

    for (Run run : runs) {
      assertThat(apart(run.losses(), whole.losses())).isLessThan(1e-12);
      assertThat(apart(run.norms(), whole.norms())).isLessThan(1e-11);
    }
  }

  @Test
  void frozenWeightsAreGatheredButMakeNoGradientTraffic() {
    Case lora = Case.read("text");
    List<String> log = Collections.synchronizedList(new ArrayList<>());
    List<Integer> sizes =
        Ranks.run(
            2,
            group -> {
              int[] trained = new int[1];
              lora.train(
                  ScalarType.Double,
                  1,
                  net -> {
                    ParallelModel parallel =
                        shard(
                            lora,
                            net,
                            group.rank() == 0 ? new RecordingCollectives(group, log) : group);
                    trained[0] =
                        (int)
                            net.namedParameters().values().stream()
                                .filter(Parameter::trainable)
                                .mapToLong(Parameter::elements)
                                .sum();
                    return parallel;
                  });
              return trained[0];
            });

    // Two micro-batches, two decoder layers with adapters, and nothing else.
    List<String> reduced = log.stream().filter(line -> line.startsWith("start reduce")).toList();
    assertThat(reduced).hasSize(2 * 2);
    long perLayer = sizes.get(0) / 2;
    assertThat(reduced)
        .allSatisfy(
            line -> {
              long elements = Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
              // Half of a layer's adapters, each padded, and a flag.
              assertThat(elements).isBetween(perLayer / 2, perLayer / 2 + 6 * 64 + 64);
            });
    assertThat(log).anyMatch(line -> line.startsWith("start gather"));
  }

  private static List<Run> sharded(
      Case lora, int steps, java.util.function.Consumer<Qwen2VlModel> before) {
    return Ranks.run(
        2,
        group ->
            lora.train(
                ScalarType.Double,
                steps,
                net -> {
                  before.accept(net);
                  return shard(lora, net, group);
                }));
  }

  private static ParallelModel shard(
      Case lora, Qwen2VlModel net, io.sparkmm.train.comm.Collectives group) {
    return FullyShard.apply(
        net,
        lora.model().groups(),
        group,
        new FsdpSettings(MixedPrecisionPolicy.NONE, true, OptionalInt.empty()));
  }

  private static ScalarType type(String precision) {
    return precision.equals("float64") ? ScalarType.Double : ScalarType.Float;
  }

  private static double apart(double[] actual, double[] expected) {
    return IntStream.range(0, actual.length)
        .mapToDouble(i -> Math.abs(actual[i] - expected[i]) / Math.abs(expected[i]))
        .max()
        .orElseThrow();
  }

  private record Run(double[] losses, double[] norms, Map<String, Double> adapters) {}

  /** A run that {@code make_lora.py} describes. */
  private record Case(LoraCase lora) {
    static Case read(String name) {
      return new Case(new LoraCase(Golden.read("lora-" + name + ".json")));
    }

    ParityModel model() {
      return lora.model();
    }

    Run train(ScalarType type, int steps, Function<Qwen2VlModel, ParallelModel> wrapping) {
      ParityModel model = lora.model();
      Qwen2VlModel net = lora.net(type);
      LrSchedule schedule = model.schedule(SCHEDULED);
      GradientClipper clipper = new GradientClipper(model.optimizer("clip"));
      double[] losses = new double[steps];
      double[] norms = new double[steps];
      Map<String, Double> adapters = new LinkedHashMap<>();
      int count = model.microBatches();
      try (ParallelModel parallel = wrapping.apply(net);
          AdamW optimizer =
              new AdamW(
                  ParameterGroups.of(parallel.parameters(), ParameterRule.excluding(List.of())),
                  new AdamWSettings(0.9, 0.999, 1e-8, model.optimizer("decay")))) {
        for (int step = 0; step < steps; step++) {
          parallel.clearGradients();
          for (int micro = 0; micro < count; micro++) {
            try (TensorScope scope = TensorScope.open()) {
              Tensor loss =
                  CausalLmLoss.mean(model.microBatch(step * count + micro, type).forward(net));
              losses[step] += loss.item_double() / count;
              parallel.backward(loss.mul(new Scalar(1.0 / count)));
            }
          }
          norms[step] = clipper.clip(parallel.parameters(), parallel.shardGroup());
          optimizer.step(schedule.at(step));
        }
        for (Parameter parameter : net.namedParameters().values()) {
          try (TensorScope scope = TensorScope.open()) {
            if (parameter.role().isAdapter()) {
              adapters.put(
                  parameter.name(), parallel.state().gather(parameter.name()).norm().item_double());
            } else {
              assertThat(optimizer.state(parameter)).isEmpty();
            }
          }
        }
      }
      net.namedParameters().values().forEach(Parameter::clearData);
      return new Run(losses, norms, adapters);
    }
  }
}
