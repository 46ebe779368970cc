package io.sparkmm.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.HostTensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CausalLmLossTest {
  private TensorScope scope;

  @BeforeEach
  void openScope() {
    scope = TensorScope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  /**
   * The worked check of two ranks, two micro-batches each, two samples each: (sum of cross entropy,
   * number of targets) of each sample.
   */
  private static final double[][][][] WORKED = {
    {{{2.0, 1}, {6.0, 3}}, {{4.0, 4}, {1.0, 2}}}, {{{3.0, 3}, {10.0, 5}}, {{0.5, 1}, {9.0, 6}}}
  };

  @Test
  void defaultFormAveragesMicroBatchMeans() {
    double loss = 0;
    for (double[][][] rank : WORKED) {
      for (double[][] microBatch : rank) {
        loss += CausalLmLoss.mean(output(microBatch)).item_double() / 4;
      }
    }
    assertThat(loss).isCloseTo(1.4538690476, within(1e-9));
  }

  @Test
  void perSampleFormAveragesSampleMeans() {
    double loss = 0;
    for (double[][][] rank : WORKED) {
      for (double[][] microBatch : rank) {
        loss += CausalLmLoss.perSample(output(microBatch)).item_double() / 4;
      }
    }
    assertThat(loss).isCloseTo(1.3125, within(1e-9));
  }

  @Test
  void perTokenFormAveragesAllTokens() {
    double tokens = 0;
    for (double[][][] rank : WORKED) {
      for (double[][] microBatch : rank) {
        tokens += microBatch[0][1] + microBatch[1][1];
      }
    }
    double alpha = tokens / 2 / 2;
    double loss = 0;
    for (double[][][] rank : WORKED) {
      for (double[][] microBatch : rank) {
        loss += CausalLmLoss.perToken(output(microBatch), alpha).item_double() / 4;
      }
    }
    assertThat(loss).isCloseTo(1.42, within(1e-9));
  }

  @Test
  void gradientOfTheMeanIsProbabilityMinusOneHotOverTargets() {
    Tensor logits = HostTensors.of(new double[] {0, 1, 2, 3, 0, -1}, 2, 3).requires_grad_(true);
    CausalLmLoss.mean(new ModelOutput(logits, HostTensors.of(new long[] {2, 0}, 2), rows(0, 0), 1))
        .backward();
    double e0 = 1 + Math.exp(1) + Math.exp(2);
    double e1 = Math.exp(3) + 1 + Math.exp(-1);
    assertThat(HostTensors.doubles(logits.grad()))
        .containsExactly(
            new double[] {
              1 / e0 / 2,
              Math.exp(1) / e0 / 2,
              (Math.exp(2) / e0 - 1) / 2,
              (Math.exp(3) / e1 - 1) / 2,
              1 / e1 / 2,
              Math.exp(-1) / e1 / 2
            },
            within(1e-12));
  }

  @Test
  void halfPrecisionLogitsAreWidenedFirst() {
    Tensor logits = HostTensors.of(new float[] {1, 2, 3}, 1, 3).to(ScalarType.BFloat16);
    Tensor loss =
        CausalLmLoss.mean(new ModelOutput(logits, HostTensors.of(new long[] {0}, 1), rows(0), 1));
    assertThat(loss.scalar_type().intern()).isEqualTo(ScalarType.Float);
    assertThat(loss.item_double()).isCloseTo(2.40760596, within(1e-6));
  }

  @Test
  void meanWithoutTargetsIsRefused() {
    assertThatThrownBy(() -> CausalLmLoss.mean(nothing()))
        .isInstanceOf(ModelException.class)
        .hasMessage("Cannot compute a mean loss: the micro-batch of 2 sequences has no target");
  }

  @Test
  void sumWithoutTargetsIsZeroAndHasZeroGradients() {
    ModelOutput output = nothing();
    Tensor loss = CausalLmLoss.sum(output);
    assertThat(loss.item_double()).isZero();
    loss.backward();
    assertThat(output.logits().grad().numel()).isZero();
  }

  @Test
  void sampleWithoutTargetsIsNamed() {
    ModelOutput output =
        new ModelOutput(
            HostTensors.of(new float[] {1, 2}, 1, 2),
            HostTensors.of(new long[] {0}, 1),
            rows(0),
            2);
    assertThatThrownBy(() -> CausalLmLoss.perSample(output))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("sequence 1 of the micro-batch has no target");
  }

  @Test
  void countOfZeroIsRefused() {
    assertThatThrownBy(() -> CausalLmLoss.perToken(nothing(), 0))
        .hasMessage("Cannot divide the loss by a count of 0.0 targets");
  }

  private static ModelOutput nothing() {
    return new ModelOutput(
        HostTensors.of(new float[0], 0, 5).requires_grad_(true),
        HostTensors.of(new long[0], 0),
        HostTensors.of(new long[0], 0),
        2);
  }

  /** Two-way logits whose cross entropies add up to the wanted sums, spread evenly. */
  private static ModelOutput output(double[][] samples) {
    int count = (int) (samples[0][1] + samples[1][1]);
    double[] logits = new double[2 * count];
    long[] targets = new long[count];
    long[] rows = new long[count];
    int at = 0;
    for (int row = 0; row < samples.length; row++) {
      double each = samples[row][0] / samples[row][1];
      for (int i = 0; i < samples[row][1]; i++) {
        // log(1 + exp(x)) = each
        logits[2 * at + 1] = Math.log(Math.expm1(each));
        rows[at++] = row;
      }
    }
    return new ModelOutput(
        HostTensors.of(logits, count, 2),
        HostTensors.of(targets, count),
        HostTensors.of(rows, count),
        samples.length);
  }

  private static Tensor rows(long... rows) {
    return HostTensors.of(rows, rows.length);
  }
}
