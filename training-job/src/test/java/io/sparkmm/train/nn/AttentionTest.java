package io.sparkmm.train.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTest {
  private TensorScope scope;

  @BeforeEach
  void openScope() {
    scope = TensorScope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({"4, 4, 7, 8", "4, 2, 55, 24", "6, 1, 33, 16", "28, 4, 65, 128"})
  void fusedAndSpelledOutFormsAgreeInValueAndGradient(int heads, int kvHeads, int size, int width) {
    Tensor keep = keep(size, 0);
    for (AttentionMask mask :
        new AttentionMask[] {
          AttentionMask.none(),
          AttentionMask.causal(),
          AttentionMask.causalAndKept(keep, ScalarType.Float),
          AttentionMask.causalInSegments(segments(size), ScalarType.Float)
        }) {
      Tensor[] first = inputs(heads, kvHeads, size, width);
      Tensor[] second = inputs(heads, kvHeads, size, width);
      Tensor fused = Attention.fused(first[0], first[1], first[2], mask);
      Tensor spelled = Attention.spelledOut(second[0], second[1], second[2], mask);
      close(fused, spelled, 4e-6);
      backward(fused);
      backward(spelled);
      for (int i = 0; i < 3; i++) {
        close(first[i].grad(), second[i].grad(), 1e-5);
      }
    }
  }

  @Test
  void queriesSeeTheEarlierKeysOfTheirSegment() {
    AttentionMask mask =
        AttentionMask.causalInSegments(
            HostTensors.of(new long[] {1, 1, 2, 2, 2, 0}, 1, 6), ScalarType.Double);
    double[] term = HostTensors.doubles(mask.additive().orElseThrow());
    String[] expected = {"o.....", "oo....", "..o...", "..oo..", "..ooo.", ".....o"};
    for (int query = 0; query < 6; query++) {
      StringBuilder line = new StringBuilder();
      for (int key = 0; key < 6; key++) {
        line.append(term[query * 6 + key] == 0 ? 'o' : '.');
      }
      assertThat(line.toString()).isEqualTo(expected[query]);
    }
  }

  private static Tensor segments(int size) {
    long[] numbers = new long[2 * size];
    for (int i = 0; i < size; i++) {
      numbers[i] = i < size / 3 ? 1 : 2;
      numbers[size + i] = i < size / 2 ? 1 : 0;
    }
    return HostTensors.of(numbers, 2, size);
  }

  @Test
  void queriesWithoutAnyKeyHaveFiniteValuesAndRightGradients() {
    AttentionMask mask = AttentionMask.causalAndKept(keep(5, 2), ScalarType.Double);
    Tensor[] inputs = inputs(2, 1, 5, 4);
    Tensor[] wide = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      wide[i] = inputs[i].detach().to(ScalarType.Double).requires_grad_(true);
    }
    Function<Tensor[], Tensor> attend = t -> Attention.attend(t[0], t[1], t[2], mask);
    backward(attend.apply(wide));
    double[] analytic = HostTensors.doubles(wide[2].grad());
    double[] values = HostTensors.doubles(wide[2]);
    double step = 1e-6;
    for (int at = 0; at < values.length; at++) {
      double[] shifted = values.clone();
      shifted[at] += step;
      double above = total(attend, wide, shifted);
      shifted[at] -= 2 * step;
      double below = total(attend, wide, shifted);
      assertThat((above - below) / (2 * step)).isCloseTo(analytic[at], within(1e-7));
    }
  }

  @Test
  void causalQueriesDoNotSeeLaterKeys() {
    Tensor[] inputs = inputs(2, 2, 6, 4);
    Tensor before = Attention.attend(inputs[0], inputs[1], inputs[2], AttentionMask.causal());
    Tensor changed = inputs[2].detach().clone();
    changed.narrow(2, 4, 2).zero_();
    Tensor after = Attention.attend(inputs[0], inputs[1], changed, AttentionMask.causal());
    close(after.narrow(2, 0, 4), before.narrow(2, 0, 4), 0);
    assertThat(after.sub(before).abs().max().item_double()).isPositive();
  }

  private static double total(Function<Tensor[], Tensor> attend, Tensor[] inputs, double[] v) {
    Tensor changed =
        HostTensors.of(
            v, inputs[2].size(0), inputs[2].size(1), inputs[2].size(2), inputs[2].size(3));
    Tensor out = attend.apply(new Tensor[] {inputs[0], inputs[1], changed});
    return out.mul(weights(out)).sum().item_double();
  }

  private static void backward(Tensor out) {
    out.mul(weights(out)).sum().backward();
  }

  /** A fixed weight for each output, so that gradients differ everywhere. */
  private static Tensor weights(Tensor out) {
    double[] values = new double[(int) out.numel()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.sin(i);
    }
    return HostTensors.of(values, out.size(0), out.size(1), out.size(2), out.size(3))
        .to(out.scalar_type());
  }

  private static Tensor keep(int size, int padded) {
    long[] keep = new long[2 * size];
    Arrays.fill(keep, 1);
    Arrays.fill(keep, 0, padded, 0);
    return HostTensors.of(keep, 2, size);
  }

  private static Tensor[] inputs(int heads, int kvHeads, int size, int width) {
    Random random = new Random(5);
    return new Tensor[] {
      normal(random, heads, size, width),
      normal(random, kvHeads, size, width),
      normal(random, kvHeads, size, width)
    };
  }

  private static Tensor normal(Random random, int heads, int size, int width) {
    float[] values = new float[2 * heads * size * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return HostTensors.of(values, 2, heads, size, width).requires_grad_(true);
  }

  private static void close(Tensor actual, Tensor expected, double tolerance) {
    assertThat(actual.sub(expected).abs().max().item_double()).isLessThanOrEqualTo(tolerance);
  }
}
