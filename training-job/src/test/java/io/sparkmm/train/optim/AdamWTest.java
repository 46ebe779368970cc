package io.sparkmm.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.Golden;
import io.sparkmm.train.testing.Parameters;
import io.sparkmm.train.testing.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class AdamWTest {
  private static final AdamWSettings SETTINGS = new AdamWSettings(0.9, 0.999, 1e-8, 0.1);

  @Test
  void threeStepsByHand() {
    Parameter parameter = Parameters.of("weight", new long[] {1, 1}, ScalarType.Double, 1.0);
    double[] expected = {0.9890000002, 0.9780110004, 0.9670329896};
    try (AdamW optimizer =
        new AdamW(groups(List.of(parameter), ParameterRule.decayMatricesOnly()), SETTINGS)) {
      for (double value : expected) {
        Parameters.setGradient(parameter, 0.5);
        optimizer.step(0.01);
        assertThat(Tensors.values(parameter.data())[0]).isCloseTo(value, within(1e-10));
      }
    }
  }

  @Test
  void equalsPyTorchsAdamW() throws IOException {
    for (JsonNode golden : Golden.read("adamw.json")) {
      boolean wide = golden.get("dtype").asText().equals("float64");
      ScalarType type = wide ? ScalarType.Double : ScalarType.Float;
      List<Parameter> parameters = new ArrayList<>();
      for (int i = 0; i < golden.get("shapes").size(); i++) {
        long[] shape = new long[golden.get("shapes").get(i).size()];
        for (int axis = 0; axis < shape.length; axis++) {
          shape[axis] = golden.get("shapes").get(i).get(axis).asLong();
        }
        double[] start = Golden.doubles(golden.get("start").get(i));
        parameters.add(Parameters.of("p" + i, shape, type, start));
      }
      AdamWSettings settings =
          new AdamWSettings(
              golden.get("betas").get(0).asDouble(),
              golden.get("betas").get(1).asDouble(),
              golden.get("eps").asDouble(),
              golden.get("weight_decay").asDouble());
      try (AdamW optimizer =
          new AdamW(groups(parameters, ParameterRule.decayMatricesOnly()), settings)) {
        for (JsonNode step : golden.get("gradients")) {
          for (int i = 0; i < parameters.size(); i++) {
            if (step.get(i).isNull()) {
              Parameters.clearGradient(parameters.get(i));
            } else {
              Parameters.setGradient(parameters.get(i), Golden.doubles(step.get(i)));
            }
          }
          optimizer.step(golden.get("lr").asDouble());
        }
        assertThat(optimizer.state(parameters.get(0)).orElseThrow().step()).isEqualTo(6);
        assertThat(optimizer.state(parameters.get(2)).orElseThrow().step()).isEqualTo(5);
      }
      for (int i = 0; i < parameters.size(); i++) {
        assertThat(
                Tensors.relativeDifference(
                    Tensors.values(parameters.get(i).data()),
                    Golden.doubles(golden.get("end").get(i))))
            .as("%s parameter %d", type, i)
            .isLessThan(wide ? 1e-14 : 1e-7);
      }
    }
  }

  @Test
  void rateOfZeroMovesTheMomentsButNotTheParameter() {
    try (TensorScope scope = TensorScope.open()) {
      Parameter parameter = new Parameter(Parameter.Role.MATRIX, 2);
      parameter.setData(Tensors.of(ScalarType.Double, 1.0, -2.0));
      parameter.data().mutable_grad().put(Tensors.of(ScalarType.Double, 0.5, 4.0));
      AdamW adamW =
          new AdamW(
              ParameterGroups.of(List.of(parameter), ParameterRule.excluding(List.of())),
              new AdamWSettings(0.9, 0.999, 1e-8, 0.1));
      adamW.step(0.0);

      Optimizer.ParameterState state = adamW.state(parameter).orElseThrow();
      assertThat(Tensors.values(parameter.data())).containsExactly(1.0, -2.0);
      assertThat(state.step()).isEqualTo(1);
      assertThat(Tensors.values(state.tensors().get("exp_avg")))
          .containsExactly(new double[] {0.05, 0.4}, within(1e-15));
      assertThat(Tensors.values(state.tensors().get("exp_avg_sq")))
          .containsExactly(new double[] {0.00025, 0.016}, within(1e-15));
      adamW.close();
    }
  }

  @Test
  void parameterWithoutGradientStaysAsItIs() {
    Parameter with = Parameters.of("with", new long[] {2, 1}, ScalarType.Float, 1.0, 2.0);
    Parameter without = Parameters.of("without", new long[] {2, 1}, ScalarType.Float, 1.0, 2.0);
    try (AdamW optimizer =
        new AdamW(groups(List.of(with, without), ParameterRule.decayMatricesOnly()), SETTINGS)) {
      Parameters.setGradient(with, 0.5, 0.5);
      optimizer.step(0.1);

      assertThat(Tensors.values(with.data())).doesNotContain(1.0, 2.0);
      assertThat(Tensors.values(without.data())).containsExactly(1.0, 2.0);
      assertThat(optimizer.state(without)).isEmpty();
    }
  }

  @Test
  void shardWithoutRowsIsNoTrouble() {
    Parameter some = Parameters.of("some", new long[] {1, 3}, ScalarType.Float, 1.0, 2.0, 3.0);
    Parameter none = Parameters.of("none", new long[] {1, 3}, ScalarType.Float, 1.0, 2.0, 3.0);
    try (TensorScope scope = TensorScope.open();
        AdamW optimizer =
            new AdamW(groups(List.of(none, some), ParameterRule.decayMatricesOnly()), SETTINGS)) {
      none.setData(none.data().detach().narrow(0, 0, 0).variable_data());
      none.data().mutable_grad().put(Tensors.of(ScalarType.Float).view(0, 3));
      Parameters.setGradient(some, 0.5, 0.5, 0.5);

      double norm =
          new GradientClipper(0.1)
              .clip(List.of(none, some), new io.sparkmm.train.comm.LocalCollectives());
      optimizer.step(0.1);

      assertThat(norm).isCloseTo(Math.sqrt(0.75), within(1e-6));
      assertThat(none.data().numel()).isZero();
      assertThat(Tensors.values(some.data())).doesNotContain(1.0);
    }
  }

  @Test
  void momentsCanBeReadAndSet() {
    Parameter first = Parameters.of("first", new long[] {2, 1}, ScalarType.Double, 1.0, 2.0);
    Parameter second = Parameters.of("second", new long[] {2, 1}, ScalarType.Double, 1.0, 2.0);
    try (TensorScope scope = TensorScope.open();
        AdamW one = new AdamW(groups(List.of(first), ParameterRule.decayMatricesOnly()), SETTINGS);
        AdamW two =
            new AdamW(groups(List.of(second), ParameterRule.decayMatricesOnly()), SETTINGS)) {
      Parameters.setGradient(first, 0.5, -0.3);
      one.step(0.1);
      second.data().detach().copy_(first.data().detach());
      two.restore(second, one.state(first).orElseThrow());
      for (Parameter parameter : List.of(first, second)) {
        Parameters.setGradient(parameter, 0.1, 0.2);
      }
      one.step(0.1);
      two.step(0.1);

      assertThat(Tensors.values(second.data())).isEqualTo(Tensors.values(first.data()));
      assertThat(two.state(second).orElseThrow().step()).isEqualTo(2);
      Tensor wrong = Tensors.of(ScalarType.Double, 1, 2, 3);
      Map<String, Tensor> moments = Map.of("exp_avg", wrong, "exp_avg_sq", wrong);
      assertThatThrownBy(() -> two.restore(second, new Optimizer.ParameterState(1, moments)))
          .hasMessageMatching(
              "Cannot restore exp_avg(_sq)? of second: shape is \\[3\\], expected \\[2, 1\\]");
      assertThatThrownBy(
              () ->
                  two.restore(
                      second, new Optimizer.ParameterState(1, Map.of("momentum_buffer", wrong))))
          .hasMessage(
              "Cannot restore the optimizer state of second: it has [momentum_buffer], expected"
                  + " exp_avg and exp_avg_sq");
    }
  }

  @Test
  void settingsOutOfRangeAreNamed() {
    assertThatThrownBy(() -> new AdamWSettings(1.0, 0.999, 1e-8, 0))
        .hasMessageContaining("adam-beta1 is 1.0, not in [0.0, 1.0)");
    assertThatThrownBy(() -> new AdamWSettings(0.9, 0.999, 1e-8, Double.NaN))
        .hasMessageContaining("weight-decay is NaN");
  }

  private static ParameterGroups groups(List<Parameter> parameters, ParameterRule rule) {
    return ParameterGroups.of(parameters, rule);
  }
}
