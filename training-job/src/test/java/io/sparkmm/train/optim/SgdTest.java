package io.sparkmm.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.Tensors;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class SgdTest {
  @Test
  void decayGoesThroughTheMomentum() {
    try (TensorScope scope = TensorScope.open()) {
      Parameter parameter = parameter(1.0, -2.0);
      Sgd sgd = sgd(parameter, 0.1);
      double[] weight = {1.0, -2.0};
      double[] buffer = new double[2];
      double[] gradient = {0.5, -0.25};
      for (int step = 1; step <= 4; step++) {
        parameter.data().mutable_grad().put(Tensors.of(ScalarType.Double, gradient));
        sgd.step(0.01 * step);
        for (int i = 0; i < 2; i++) {
          double moved = gradient[i] + 0.1 * weight[i];
          buffer[i] = step == 1 ? moved : 0.9 * buffer[i] + moved;
          weight[i] -= 0.01 * step * buffer[i];
        }
        assertThat(Tensors.values(parameter.data())).containsExactly(weight, within(1e-15));
      }
      sgd.close();
    }
  }

  @Test
  void restoredStateGoesOnInTheSameWay() {
    try (TensorScope scope = TensorScope.open()) {
      Parameter kept = parameter(1.0, 2.0);
      Sgd first = sgd(kept, 0);
      step(first, kept);
      Parameter copy = parameter(Tensors.values(kept.data()));
      Sgd second = sgd(copy, 0);
      second.restore(copy, first.state(kept).orElseThrow());
      step(first, kept);
      step(second, copy);

      assertThat(Tensors.values(copy.data())).containsExactly(Tensors.values(kept.data()));
      assertThat(second.state(copy).orElseThrow().step()).isEqualTo(2);
      assertThat(second.state(copy).orElseThrow().tensors()).containsOnlyKeys("momentum_buffer");
      first.close();
      second.close();
    }
  }

  @Test
  void parameterWithoutGradientIsLeftAlone() {
    try (TensorScope scope = TensorScope.open()) {
      Parameter parameter = parameter(1.0, 2.0);
      Sgd sgd = sgd(parameter, 0.5);
      sgd.step(1);

      assertThat(Tensors.values(parameter.data())).containsExactly(1.0, 2.0);
      assertThat(sgd.state(parameter)).isEmpty();
    }
  }

  @Test
  void stateOfAnotherRuleOrShapeIsRefused() {
    try (TensorScope scope = TensorScope.open()) {
      Parameter parameter = parameter(1.0, 2.0);
      Sgd sgd = sgd(parameter, 0);
      Tensor three = Tensors.of(ScalarType.Double, 1, 2, 3);

      assertThatThrownBy(
              () ->
                  sgd.restore(parameter, new Optimizer.ParameterState(1, Map.of("exp_avg", three))))
          .hasMessage(
              "Cannot restore the optimizer state of : it has [exp_avg], expected"
                  + " momentum_buffer");
      assertThatThrownBy(
              () ->
                  sgd.restore(
                      parameter, new Optimizer.ParameterState(1, Map.of("momentum_buffer", three))))
          .hasMessage("Cannot restore momentum_buffer of : shape is [3], expected [2]");
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new SgdSettings(1, 0))
        .hasMessage("Cannot make the optimizer: sgd-momentum is 1.0, not in (0, 1)");
    assertThatThrownBy(() -> new SgdSettings(0.9, -1))
        .hasMessage("Cannot make the optimizer: weight-decay is -1.0, not at least 0");
  }

  private static void step(Sgd sgd, Parameter parameter) {
    parameter.data().mutable_grad().put(Tensors.of(ScalarType.Double, 0.5, 0.25));
    sgd.step(0.1);
  }

  private static Sgd sgd(Parameter parameter, double decay) {
    return new Sgd(
        ParameterGroups.of(List.of(parameter), ParameterRule.excluding(List.of())),
        new SgdSettings(0.9, decay));
  }

  private static Parameter parameter(double... values) {
    Parameter parameter = new Parameter(Parameter.Role.MATRIX, values.length);
    parameter.setData(Tensors.of(ScalarType.Double, values));
    return parameter;
  }
}
