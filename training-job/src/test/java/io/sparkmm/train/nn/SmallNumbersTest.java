package io.sparkmm.train.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.HostTensors;
import org.assertj.core.data.Percentage;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published values of activations and rotary frequencies. */
class SmallNumbersTest {
  @ParameterizedTest
  @CsvSource({
    "silu, 0.73105858, -0.26894142",
    "gelu, 0.84134475, -0.15865525",
    "quick_gelu, 0.84579577, -0.15420423",
    "gelu_pytorch_tanh, 0.84119199, -0.15880801"
  })
  void activationsAtPlusAndMinusOne(String name, double plus, double minus) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor x = HostTensors.of(new double[] {1, -1}, 2);
      assertThat(HostTensors.doubles(Activation.named(name).apply(x)))
          .containsExactly(new double[] {plus, minus}, within(5e-9));
    }
  }

  @Test
  void unknownActivationListsTheKnownOnes() {
    assertThatThrownBy(() -> Activation.named("swish"))
        .hasMessage(
            "Cannot use activation swish: known are silu, gelu, gelu_pytorch_tanh, quick_gelu");
  }

  @ParameterizedTest
  @CsvSource({
    "128, 1e6, 1, 0.80584219",
    "128, 1e6, 63, 1.2409378e-6",
    "128, 5e6, 1, 0.78582998",
    "128, 5e6, 63, 2.5450798e-7",
    "40, 1e4, 1, 0.63095734",
    "40, 1e4, 19, 1.5848932e-4"
  })
  void rotaryFrequencies(int dimension, double theta, int index, double expected) {
    for (ScalarType type : new ScalarType[] {ScalarType.Float, ScalarType.Double}) {
      RotaryFrequencies frequencies = RotaryFrequencies.of(dimension, theta, type);
      assertThat(frequencies.count()).isEqualTo(dimension / 2);
      assertThat(frequencies.frequency(index)).isCloseTo(expected, Percentage.withPercentage(1e-5));
    }
  }

  @Test
  void rotationTurnsPairsOfHalves() {
    try (TensorScope scope = TensorScope.open()) {
      double angle = 0.3;
      RotaryTable table =
          RotaryTable.of(
              new double[] {angle, 2 * angle},
              new long[] {1, 1, 4},
              ScalarType.Double,
              new Device("cpu"));
      Tensor x = HostTensors.of(new double[] {1, 2, 3, 4}, 1, 1, 4);
      assertThat(HostTensors.doubles(table.rotate(x)))
          .containsExactly(
              new double[] {
                Math.cos(angle) - 3 * Math.sin(angle),
                2 * Math.cos(2 * angle) - 4 * Math.sin(2 * angle),
                3 * Math.cos(angle) + Math.sin(angle),
                4 * Math.cos(2 * angle) + 2 * Math.sin(2 * angle)
              },
              within(1e-12));
    }
  }

  @Test
  void rmsNormCastsBeforeItMultiplies() {
    try (TensorScope scope = TensorScope.open()) {
      RmsNorm norm = new RmsNorm(4, 1e-6);
      norm.parameters()
          .get("weight")
          .setData(HostTensors.of(new float[] {1.1f, 0.7f, 1.3f, 0.9f}, 4).to(ScalarType.BFloat16));
      Tensor x =
          HostTensors.of(new float[] {0.31f, -1.7f, 0.55f, 2.3f}, 1, 4).to(ScalarType.BFloat16);
      Tensor wide = x.to(ScalarType.Float);
      double scale = 1 / Math.sqrt(wide.mul(wide).mean().item_double() + 1e-6);
      Tensor expected =
          HostTensors.of(
                  HostTensors.doubles(wide.mul(HostTensors.of(new float[] {(float) scale}, 1))),
                  1,
                  4)
              .to(ScalarType.BFloat16)
              .mul(norm.parameters().get("weight").value());
      assertThat(HostTensors.doubles(norm.forward(x))).isEqualTo(HostTensors.doubles(expected));
    }
  }
}
