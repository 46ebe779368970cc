package io.sparkmm.train.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.ModelOutput;
import io.sparkmm.train.torch.HostTensors;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DpoLossTest {
  @ParameterizedTest
  @CsvSource({
    "-10, -12, -11, -11.5, 0.1, 0, 0, 0.620957048",
    "-10, -12, -11, -11.5, 0.1, 0.1, 0, 0.635957048",
    "-10, -12, -11, -11.5, 0.5, 0, 0, 0.386871006",
    "-10, -12, -11, -11.5, 0.1, 0, 0.2, 1.020957048",
    "-20, -8, -15, -15, 0.1, 0, 0, 1.463282467",
    "-7, -9, -7, -9, 0.3, 0.2, 0, 0.693147181"
  })
  void workedNumbers(
      double pc, double pr, double rc, double rr, double beta, double e, double ftx, double loss) {
    DpoLoss found = loss(new DpoSettings(beta, e, ftx), new double[] {pc, pr}, rc, rr);

    assertThat(found.loss().item_double()).isCloseTo(loss, within(1e-9));
  }

  @Test
  void pairsAreAveragedAndTheComparisonOfRewardsIsStrict() {
    DpoLoss found =
        loss(
            new DpoSettings(0.1, 0, 0),
            new double[] {-10, -20, -3, -12, -8, -3},
            -11,
            -15,
            -3,
            -11.5,
            -15,
            -3);

    assertThat(found.loss().item_double())
        .isCloseTo((0.620957048 + 1.463282467 + 0.693147181) / 3, within(1e-9));
    assertThat(found.accuracy()).isEqualTo(1.0 / 3);
  }

  @Property(seed = "1", tries = 50)
  void gradientIsThatOfTheFormula(
      @ForAll @DoubleRange(min = -40, max = 40) double margin,
      @ForAll @DoubleRange(min = 0.01, max = 2) double beta,
      @ForAll @DoubleRange(min = 0, max = 0.5) double smoothing) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor policy = HostTensors.of(new double[] {margin - 5, -5}, 2).requires_grad_(true);
      Tensor reference = HostTensors.of(new double[] {-5, -5}, 2);
      DpoLoss.of(
              new DpoLoss.Answers(policy, reference, HostTensors.of(new double[] {4, 4}, 2)),
              new DpoSettings(beta, smoothing, 0))
          .loss()
          .backward();

      double slope = beta * (1 / (1 + Math.exp(-beta * margin)) - (1 - smoothing));
      assertThat(HostTensors.doubles(policy.grad()))
          .containsExactly(new double[] {slope, -slope}, within(1e-12));
    }
  }

  @Test
  void farMarginsStayFinite() {
    assertThat(loss(new DpoSettings(1, 0, 0), new double[] {-5000, 0}, 0, 0).loss().item_double())
        .isEqualTo(5000);
    assertThat(loss(new DpoSettings(1, 0, 0), new double[] {0, -5000}, 0, 0).loss().item_double())
        .isZero();
  }

  @Test
  void logProbabilitiesAreSumsOverTheTargetsOfARow() {
    try (TensorScope scope = TensorScope.open()) {
      double[] logits = {1, 2, 3, 0, 0, 0, -1, 5, 2, 4, 4, 1};
      long[] targets = {2, 0, 1, 0};
      long[] rows = {0, 0, 1, 0};
      ModelOutput output =
          new ModelOutput(
              HostTensors.of(logits, 4, 3), HostTensors.of(targets, 4), HostTensors.of(rows, 4), 3);

      double[] expected = new double[3];
      for (int i = 0; i < 4; i++) {
        double[] row = Arrays.copyOfRange(logits, 3 * i, 3 * i + 3);
        double sum = Arrays.stream(row).map(Math::exp).sum();
        expected[(int) rows[i]] += row[(int) targets[i]] - Math.log(sum);
      }
      assertThat(HostTensors.doubles(AnswerLogProbabilities.of(output)))
          .containsExactly(expected, within(1e-12));
      assertThat(HostTensors.doubles(AnswerLogProbabilities.lengths(output)))
          .containsExactly(3, 1, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a,a,b", "a,b,b,a", "a,b,a,c"})
  void t15RowsThatAreNoPairsAreRefusedWithTheirSamples(String samples) {
    assertThatThrownBy(() -> PreferenceRows.require(batch(samples.split(","))))
        .hasMessageContaining("Cannot compare preferences in a micro-batch: ")
        .hasMessageContaining(
            samples.length() == 5 ? "it has 3 rows, of samples [a, a, b]" : " of sample ");
  }

  @Test
  void chosenRowsThenRejectedOnesArePairs() {
    PreferenceRows.require(batch("a", "b", "a", "b"));
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new DpoSettings(0, 0.6, -1))
        .hasMessageContaining("beta 0.0, label smoothing 0.6 and ftx -1.0");
  }

  private static HostBatch batch(String... samples) {
    long[] cells = new long[samples.length];
    return new HostBatch(
        samples.length, 1, cells, cells, cells, new float[0], List.of(), List.of(samples));
  }

  /** The loss of answers of 5 tokens each. */
  private static DpoLoss loss(DpoSettings settings, double[] policy, double... reference) {
    double[] lengths = new double[policy.length];
    Arrays.fill(lengths, 5);
    return DpoLoss.of(
        new DpoLoss.Answers(
            HostTensors.of(policy, policy.length),
            HostTensors.of(reference, policy.length),
            HostTensors.of(lengths, policy.length)),
        settings);
  }
}
