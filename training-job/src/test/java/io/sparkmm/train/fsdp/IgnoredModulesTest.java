package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.ResidualNet;
import io.sparkmm.train.testing.Tensors;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Modules that stay out of sharding. */
class IgnoredModulesTest {
  private static final ScalarType TYPE = ScalarType.Double;
  private static final List<String> BLOCKS = List.of("blocks.0");
  private static final FsdpSettings SETTINGS =
      FsdpSettings.DEFAULTS.withIgnored(List.of("blocks.1", "head"));

  @Test
  void parametersStayWholeAndTheirGradientsAreThoseOfAllRanks() {
    Ranks.run(
        2,
        group -> {
          ResidualNet net = new ResidualNet(2, TYPE).freeze("head");
          ResidualNet plain = new ResidualNet(2, TYPE).freeze("head");
          try (ParallelModel model = FullyShard.apply(net, BLOCKS, group, SETTINGS);
              ParallelModel whole = new UnshardedModel(plain);
              TensorScope scope = TensorScope.open()) {
            for (int pass = 0; pass < 2; pass++) {
              run(net, model, group.rank() * 3, 3);
              run(plain, whole, 0, 6);
            }
            Tensor value = net.namedParameters().get("blocks.1.up.weight").value();
            assertThat(value.sizes().vec().get()).containsExactly(5, 7);
            for (String name : List.of("blocks.1.up.weight", "blocks.1.scale")) {
              double[] own = Tensors.values(net.namedParameters().get(name).grad().orElseThrow());
              double[] all = Tensors.values(plain.namedParameters().get(name).grad().orElseThrow());
              assertThat(Tensors.relativeDifference(own, all)).isLessThan(1e-13);
              assertThat(model.countsInNorm(net.namedParameters().get(name)))
                  .isEqualTo(group.rank() == 0);
            }
            assertThat(net.namedParameters().get("head.weight").grad()).isEmpty();
            assertThat(model.countsInNorm(net.namedParameters().get("input.weight"))).isTrue();
            assertThat(model.state().rows("blocks.1.up.weight").count()).isEqualTo(5);
            model.clearGradients();
            assertThat(net.namedParameters().get("blocks.1.scale").grad()).isEmpty();
          }
          return null;
        });
  }

  @Test
  void ignoredParametersKeepTheirTypeInMixedPrecision() {
    Ranks.run(
        1,
        group -> {
          ResidualNet net = new ResidualNet(2, ScalarType.Float);
          FsdpSettings mixed =
              new FsdpSettings(
                      MixedPrecisionPolicy.of(ScalarType.BFloat16, ScalarType.Float),
                      true,
                      OptionalInt.empty())
                  .withIgnored(List.of("blocks.1"));
          try (ParallelModel model = FullyShard.apply(net, BLOCKS, group, mixed)) {
            assertThat(net.namedParameters().get("blocks.1.scale").value().scalar_type().intern())
                .isEqualTo(ScalarType.Float);
          }
          return null;
        });
  }

  @Test
  void gradientsOnSomeRanksOnlyFailOnAllRanks() {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            2,
            Duration.ofSeconds(60),
            group -> {
              ResidualNet net = new ResidualNet(2, TYPE);
              try (ParallelModel model = FullyShard.apply(net, BLOCKS, group, SETTINGS)) {
                for (int pass = 0; pass < 3; pass++) {
                  if (pass == 2 && group.rank() == 1) {
                    net.skipLastBranch();
                  }
                  try (TensorScope scope = TensorScope.open()) {
                    run(net, model, 0, 2);
                  }
                }
              }
              return null;
            });

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("the ranks do different things")
                    .hasMessageContaining("average the gradients of ignored modules"));
  }

  @Test
  void declaredParametersGetWholeValues() {
    Ranks.run(
        2,
        group -> {
          ResidualNet net = new ResidualNet(2, TYPE);
          net.namedParameters().values().forEach(parameter -> parameter.clearData());
          ResidualNet values = new ResidualNet(2, TYPE);
          try (ParallelModel model = FullyShard.applyDeclared(net, BLOCKS, group, SETTINGS, TYPE);
              TensorScope scope = TensorScope.open()) {
            values
                .namedParameters()
                .forEach((name, parameter) -> model.state().load(name, parameter.data()));
            model.state().complete();
            Tensor rows = ResidualNet.samples(0, 2, TYPE);
            assertThat(Tensors.values(net.forward(rows)))
                .isEqualTo(Tensors.values(values.forward(rows)));
          }
          return null;
        });
  }

  @Test
  void moduleThatIsShardedAndIgnoredIsRefused() {
    ResidualNet net = new ResidualNet(2, TYPE);
    assertThatThrownBy(
            () -> WrapPlan.of(net, List.of("blocks.1.up"), List.of("blocks.1"), Optional.empty()))
        .isInstanceOf(FsdpException.class)
        .hasMessage(
            "Cannot shard module 'blocks.1.up': it is inside 'blocks.1' of ignored_modules; take it"
                + " out of sub_modules_to_wrap or out of ignored_modules");
    assertThatThrownBy(() -> WrapPlan.of(net, List.of("head"), List.of("head"), Optional.empty()))
        .hasMessageContaining("it is one of ignored_modules");
    assertThatThrownBy(() -> WrapPlan.of(net, List.of(), List.of("hat"), Optional.empty()))
        .hasMessage("Cannot ignore module 'hat': the model has no module of that path");
  }

  @Test
  void ranksThatIgnoreDifferentValuesAreRefused() {
    List<Ranks.Outcome<Void>> outcomes =
        Ranks.outcomes(
            2,
            Duration.ofSeconds(60),
            group -> {
              ResidualNet net = new ResidualNet(2, TYPE);
              if (group.rank() == 1) {
                net.namedParameters()
                    .get("head.bias")
                    .data()
                    .detach()
                    .add_(new org.bytedeco.pytorch.Scalar(1));
              }
              FullyShard.apply(net, BLOCKS, group, SETTINGS).close();
              return null;
            });

    assertThat(Arrays.asList(outcomes.get(0), outcomes.get(1)))
        .allSatisfy(
            outcome ->
                assertThat(outcome.thrown())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("leave the weights of ignored modules whole"));
  }

  private static void run(ResidualNet net, ParallelModel model, int first, int count) {
    Tensor predictions = net.forward(ResidualNet.samples(first, count, TYPE));
    model.backward(ResidualNet.loss(predictions, ResidualNet.targets(first, count, TYPE)));
  }
}
