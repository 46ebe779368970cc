package io.sparkmm.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.Parameters;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class ParameterGroupsTest {
  private final Parameter weight = parameter("layers.0.attn.Weight", 2, 1);
  private final Parameter bias = parameter("layers.0.attn.bias", 2);
  private final Parameter norm = parameter("layers.0.norm.scale", 2);
  private final List<Parameter> all = List.of(weight, bias, norm);

  @Test
  void withoutWordsEverythingDecays() {
    ParameterGroups groups = ParameterGroups.of(all, ParameterRule.excluding(List.of()));

    assertThat(groups.groups()).hasSize(1);
    assertThat(groups.groups().get(0).treatment().decays()).isTrue();
    assertThat(groups.parameters()).containsExactly(weight, bias, norm);
  }

  @Test
  void wordsExcludeFromDecayWhateverTheirCase() {
    ParameterGroups groups =
        ParameterGroups.of(all, ParameterRule.excluding(List.of("NORM", "attn.weight")));

    assertThat(groups.groups().get(0).parameters()).containsExactly(weight, norm);
    assertThat(groups.groups().get(0).treatment().decays()).isFalse();
    assertThat(groups.groups().get(1).parameters()).containsExactly(bias);
  }

  @Test
  void matricesOnlyLeavesBiasesAndVectorsOut() {
    ParameterRule rule = ParameterRule.decayMatricesOnly();

    assertThat(rule.of(weight).decays()).isTrue();
    assertThat(rule.of(bias).decays()).isFalse();
    assertThat(rule.of(norm).decays()).isFalse();
  }

  @Test
  void learningRateIsScaledByName() {
    ParameterRule rule = ParameterRule.excluding(List.of("bias")).scalingLr(List.of("attn"), 0.25);
    ParameterGroups groups = ParameterGroups.of(all, rule);

    assertThat(groups.groups())
        .extracting(ParameterGroups.Group::treatment)
        .containsExactly(
            new ParameterRule.Treatment(true, 0.25),
            new ParameterRule.Treatment(false, 0.25),
            new ParameterRule.Treatment(true, 1.0));
  }

  @Test
  void frozenParametersAreInNoGroup() {
    bias.freeze();

    assertThat(ParameterGroups.of(all, ParameterRule.decayMatricesOnly()).parameters())
        .containsExactly(weight, norm);
  }

  @Test
  void clippingScalesAllGradientsToTheLimit() {
    Parameters.setGradient(weight, 3.0, 0.0);
    Parameters.setGradient(norm, 0.0, 4.0);
    Collectives local = new LocalCollectives();

    assertThat(new GradientClipper(0.0).clip(all, local)).isEqualTo(5.0);
    assertThat(new GradientClipper(6.0).clip(all, local)).isEqualTo(5.0);
    assertThat(Tensors.values(norm.grad().orElseThrow())).containsExactly(0.0, 4.0);
    assertThat(new GradientClipper(2.5).clip(all, local)).isEqualTo(5.0);
    assertThat(Tensors.values(norm.grad().orElseThrow())[1]).isCloseTo(2.0, within(1e-6));
    assertThat(Tensors.values(weight.grad().orElseThrow())[0]).isCloseTo(1.5, within(1e-6));
    assertThat(bias.grad()).isEmpty();
  }

  @Test
  void normCountsTheShardsOfAllRanks() {
    List<Double> norms =
        Ranks.run(
            2,
            group -> {
              Parameter own = parameter("weight", 2, 1);
              if (group.rank() == 1) {
                Parameters.setGradient(own, 3.0, 4.0);
              }
              return new GradientClipper(1.0).clip(List.of(own), group);
            });

    assertThat(norms).containsExactly(5.0, 5.0);
  }

  @Test
  void refusesANegativeLimit() {
    assertThatThrownBy(() -> new GradientClipper(-1.0))
        .hasMessage("Cannot clip gradients: clip-grad is -1.0");
  }

  private static Parameter parameter(String name, long... shape) {
    return Parameters.of(name, shape, ScalarType.Float, 1.0, 2.0);
  }
}
