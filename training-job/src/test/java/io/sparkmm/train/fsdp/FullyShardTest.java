package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.ResidualNet;
import io.sparkmm.train.testing.Tensors;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class FullyShardTest {
  private static final List<String> BLOCKS = List.of("blocks.0", "blocks.1");
  private static final ScalarType TYPE = ScalarType.Float;

  @Test
  void dataOfAParameterIsThisRanksRows() {
    List<double[]> shards =
        Ranks.run(
            3,
            group -> {
              ResidualNet net = new ResidualNet(2, TYPE);
              double[] whole = Tensors.values(net.namedParameters().get("input.weight").data());
              try (ParallelModel model = shard(net, group)) {
                Parameter weight = net.namedParameters().get("input.weight");
                assertThat(weight.shape()).containsExactly(7, 4);
                assertThat(weight.data().requires_grad()).isTrue();
                long[] sizes = {3, 3, 1};
                assertThat(weight.data().size(0)).isEqualTo(sizes[group.rank()]);
                assertThat(net.namedParameters().get("head.bias").data().numel())
                    .isEqualTo(group.rank() == 0 ? 1 : 0);
                int from = group.rank() * 12;
                assertThat(Tensors.values(weight.data()))
                    .isEqualTo(Arrays.copyOfRange(whole, from, Math.min(from + 12, 28)));
                return whole;
              }
            });

    assertThat(shards).hasSize(3);
  }

  @Test
  void gatherGivesWholeParametersAndLoadSetsThem() {
    Ranks.run(
        3,
        group -> {
          ResidualNet net = new ResidualNet(2, TYPE);
          Map<String, double[]> before = values(net);
          try (ParallelModel model = shard(net, group);
              TensorScope scope = TensorScope.open()) {
            StateAccess state = model.state();
            assertThat(state.names()).containsExactlyElementsOf(before.keySet());
            for (String name : state.names()) {
              Tensor whole = state.gather(name);
              assertThat(whole.sizes().vec().get())
                  .isEqualTo(net.namedParameters().get(name).shape());
              assertThat(Tensors.values(whole)).as(name).isEqualTo(before.get(name));
            }
            double[] fresh = new double[28];
            Arrays.setAll(fresh, i -> i / 4.0);
            state.load("input.weight", Tensors.of(ScalarType.Double, fresh).view(7, 4));
            assertThat(Tensors.values(state.gather("input.weight"))).isEqualTo(fresh);
            assertThatThrownBy(() -> state.load("input.weight", Tensors.of(TYPE, fresh).view(4, 7)))
                .hasMessage("Cannot load weight input.weight: shape is [4, 7], expected [7, 4]");
            assertThatThrownBy(() -> state.gather("input.wait"))
                .hasMessageContaining("the model has no parameter of that name");
          }
          return null;
        });
  }

  @Test
  void forwardWithoutGradientsEqualsThePlainOneAndLeavesTheWeightsSharded() {
    Ranks.run(
        2,
        group -> {
          try (TensorScope scope = TensorScope.open();
              NoGradGuard guard = new NoGradGuard()) {
            Tensor rows = ResidualNet.samples(0, 5, TYPE);
            double[] plain = Tensors.values(new ResidualNet(2, TYPE).forward(rows));
            ResidualNet net = new ResidualNet(2, TYPE);
            try (ParallelModel model = shard(net, group)) {
              for (int i = 0; i < 2; i++) {
                assertThat(Tensors.values(net.forward(rows))).isEqualTo(plain);
                for (Parameter parameter : model.parameters()) {
                  assertThatThrownBy(parameter::value).isInstanceOf(FsdpException.class);
                }
              }
            }
          }
          return null;
        });
  }

  @Test
  void weightUsedOutsideItsModuleIsNamed() {
    Ranks.run(
        1,
        group -> {
          ResidualNet net = new ResidualNet(2, TYPE);
          try (ParallelModel model = shard(net, group)) {
            assertThatThrownBy(() -> net.namedParameters().get("blocks.1.up.bias").value())
                .isInstanceOf(FsdpException.class)
                .hasMessage(
                    "Cannot use parameter blocks.1.up.bias: it is spread over the ranks; use it"
                        + " inside the forward computation of its module blocks.1");
          }
          return null;
        });
  }

  @Test
  void moduleCalledBeforeTheRootIsNamed() {
    Ranks.run(
        1,
        group -> {
          ResidualNet net = new ResidualNet(2, TYPE);
          try (ParallelModel model = shard(net, group);
              TensorScope scope = TensorScope.open()) {
            assertThatThrownBy(() -> net.block(1).forward(Tensors.of(TYPE, new double[7]), false))
                .isInstanceOf(FsdpException.class)
                .hasMessage(
                    "Cannot run module blocks.1 on its own: call the root of the model first");
          }
          return null;
        });
  }

  @Test
  void gradientsMissingOnOneRankFailOnAllRanksWithTheirNames() {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            2,
            Duration.ofSeconds(60),
            group -> {
              ResidualNet net = new ResidualNet(2, TYPE);
              try (ParallelModel model = shard(net, group)) {
                if (group.rank() == 1) {
                  net.skipLastBranch();
                }
                step(net, model);
              }
              return null;
            });

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("the ranks do different things")
                    .hasMessageContaining("rank 0: average the gradients of blocks.1;")
                    .hasMessageContaining("rank 1: "));
  }

  @Test
  void rankThatLeavesTheSequenceLaterFailsAllRanksToo() {
    for (boolean skipsBlock : new boolean[] {true, false}) {
      List<Ranks.Outcome<Void>> outcomes =
          Ranks.outcomes(
              3,
              Duration.ofSeconds(60),
              group -> {
                ResidualNet net = new ResidualNet(2, TYPE);
                try (ParallelModel model = shard(net, group)) {
                  for (int pass = 0; pass < 3; pass++) {
                    step(net, model);
                  }
                  if (group.rank() == 1 && skipsBlock) {
                    net.skipBlock(0);
                  } else if (group.rank() == 1) {
                    net.skipLastBranch();
                  }
                  step(net, model);
                }
                return null;
              });

      String others =
          skipsBlock ? "gather the weights of blocks.0" : "average the gradients of blocks.1";
      String own =
          skipsBlock
              ? "gather the weights of blocks.1"
              : "average the gradients of blocks.0, without a gradient of blocks.1.up.weight,"
                  + " blocks.1.up.bias, blocks.1.down.weight, blocks.1.down.bias";
      assertThat(outcomes)
          .allSatisfy(
              outcome ->
                  assertThat(outcome.thrown())
                      .isInstanceOf(CollectiveException.class)
                      .hasMessageContaining("the ranks do different things")
                      .hasMessageContaining("rank 0: " + others)
                      .hasMessageContaining("rank 2: " + others)
                      .hasMessageContaining("rank 1: " + own));
    }
  }

  @Test
  void rankThatComputesMoreThanTheOthersFailsAllRanks() {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            2,
            Duration.ofSeconds(60),
            group -> {
              ResidualNet net = new ResidualNet(2, TYPE);
              net.skipBlock(1);
              try (ParallelModel model = shard(net, group)) {
                step(net, model);
                step(net, model);
                if (group.rank() == 0) {
                  net.skipBlock(-1);
                }
                step(net, model);
              }
              return null;
            });

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("rank 0: gather the weights of blocks.1")
                    .hasMessageContaining("rank 1: gather the weights of blocks.0"));
  }

  @Test
  void allRanksMayChangeWhatTheyComputeTogether() {
    List<double[]> weights =
        Ranks.run(
            2,
            group -> {
              ResidualNet net = new ResidualNet(2, TYPE);
              ResidualNet plain = new ResidualNet(2, TYPE);
              try (ParallelModel model = shard(net, group);
                  ParallelModel whole = new UnshardedModel(plain)) {
                for (int pass = 0; pass < 6; pass++) {
                  for (ResidualNet each : List.of(net, plain)) {
                    each.skipBlock(pass % 3 == 2 ? 0 : -1);
                  }
                  step(net, model);
                  step(plain, whole);
                  try (TensorScope scope = TensorScope.open();
                      NoGradGuard guard = new NoGradGuard()) {
                    Tensor rows = ResidualNet.samples(0, 3, TYPE);
                    assertThat(Tensors.values(net.forward(rows)))
                        .isEqualTo(Tensors.values(plain.forward(rows)));
                  }
                }
                int first = group.rank() * 4;
                double[] own =
                    Tensors.values(net.namedParameters().get("input.bias").grad().orElseThrow());
                double[] all =
                    Tensors.values(plain.namedParameters().get("input.bias").grad().orElseThrow());
                assertThat(
                        Tensors.relativeDifference(
                            own, Arrays.copyOfRange(all, first, first + own.length)))
                    .isLessThan(1e-6);
                return own;
              }
            });

    assertThat(weights).hasSize(2);
  }

  @Test
  void gradientsMissingOnEveryRankAreLeftOut() {
    List<List<String>> without =
        Ranks.run(
            2,
            group -> {
              ResidualNet net = new ResidualNet(2, TYPE);
              net.skipLastBranch();
              try (ParallelModel model = shard(net, group)) {
                step(net, model);
                return model.parameters().stream()
                    .filter(parameter -> parameter.grad().isEmpty())
                    .map(Parameter::name)
                    .toList();
              }
            });

    assertThat(without)
        .allSatisfy(
            names ->
                assertThat(names)
                    .containsExactly(
                        "blocks.1.up.weight",
                        "blocks.1.up.bias",
                        "blocks.1.down.weight",
                        "blocks.1.down.bias"));
  }

  @Test
  void ranksThatStartFromDifferentWeightsAreRefused() {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            2,
            Duration.ofSeconds(60),
            group -> {
              ResidualNet net = new ResidualNet(2, TYPE);
              if (group.rank() == 1) {
                net.namedParameters().get("blocks.0.scale").data().detach().neg_();
              }
              shard(net, group).close();
              return null;
            });

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("rank 1: shard the weights of blocks.0, which have the"));
  }

  @Test
  void shardingTwiceIsRefused() {
    Ranks.run(
        2,
        group -> {
          ResidualNet net = new ResidualNet(2, TYPE);
          try (ParallelModel model = shard(net, group)) {
            assertThatThrownBy(() -> shard(net, group))
                .isInstanceOf(FsdpException.class)
                .hasMessageContaining("is it sharded already?");
          }
          return null;
        });
  }

  @Test
  void clearingForgetsGradients() {
    Ranks.run(
        2,
        group -> {
          ResidualNet net = new ResidualNet(2, TYPE);
          try (ParallelModel model = shard(net, group)) {
            step(net, model);
            Parameter bias = net.namedParameters().get("input.bias");
            double[] once = Tensors.values(bias.grad().orElseThrow());
            step(net, model);
            double[] twice = Tensors.values(bias.grad().orElseThrow());
            model.clearGradients();
            assertThat(bias.grad()).isEmpty();
            step(net, model);
            assertThat(Tensors.values(bias.grad().orElseThrow())).isEqualTo(once);
            assertThat(twice[0]).isEqualTo(2 * once[0]);
          }
          return null;
        });
  }

  private static void step(ResidualNet net, ParallelModel model) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor predictions = net.forward(ResidualNet.samples(0, 4, TYPE));
      model.backward(ResidualNet.loss(predictions, ResidualNet.targets(0, 4, TYPE)));
    }
  }

  private static ParallelModel shard(ResidualNet net, Collectives group) {
    return FullyShard.apply(
        net, BLOCKS, group, new FsdpSettings(MixedPrecisionPolicy.NONE, true, OptionalInt.empty()));
  }

  private static Map<String, double[]> values(ResidualNet net) {
    Map<String, double[]> values = new java.util.LinkedHashMap<>();
    net.namedParameters()
        .forEach((name, parameter) -> values.put(name, Tensors.values(parameter.data())));
    return values;
  }
}
