package io.sparkmm.train.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import io.sparkmm.train.torch.RandomStream;
import io.sparkmm.train.torch.RunState;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class DropoutTest {
  private static final int COUNT = 10_000;

  @Test
  void dropsItsShareAndKeepsTheMean() {
    RandomStream.begin(7, 0);
    double[] values = draw(new Dropout(0.25));

    long zeros = Arrays.stream(values).filter(value -> value == 0).count();
    assertThat(zeros).isBetween(2300L, 2700L);
    assertThat(Arrays.stream(values).filter(value -> value != 0)).allMatch(v -> v == 1 / 0.75);
    assertThat(Arrays.stream(values).average().orElseThrow()).isCloseTo(1.0, within(0.03));
  }

  @Test
  void doesNothingWhenTheModelIsUsed() {
    Dropout dropout = new Dropout(0.9);
    dropout.train(false);

    assertThat(draw(dropout)).containsOnly(1.0);
  }

  @Test
  void numbersDependOnSeedAndRankOnly() {
    RandomStream.begin(7, 1);
    double[] first = draw(new Dropout(0.5));
    RandomStream.begin(7, 1);
    double[] again = draw(new Dropout(0.5));
    RandomStream.begin(7, 2);
    double[] otherRank = draw(new Dropout(0.5));
    RandomStream.begin(8, 1);
    double[] otherSeed = draw(new Dropout(0.5));

    assertThat(again).isEqualTo(first);
    assertThat(otherRank).isNotEqualTo(first);
    assertThat(otherSeed).isNotEqualTo(first).isNotEqualTo(otherRank);
  }

  @Test
  void ranksOfOneProcessDoNotDisturbEachOther() {
    RandomStream.begin(3, 0);
    double[] alone = draw(new Dropout(0.5));
    AtomicInteger number = new AtomicInteger();
    List<Ranks.Outcome<double[]>> together =
        Ranks.threads(
            3,
            () -> {
              RandomStream.begin(3, number.getAndIncrement() == 0 ? 0 : 1);
              return draw(new Dropout(0.5));
            });

    assertThat(together.stream().filter(found -> Arrays.equals(found.value(), alone))).hasSize(1);
  }

  @Test
  void recomputationDrawsTheSameNumbers() {
    RandomStream.begin(5, 0);
    Dropout dropout = new Dropout(0.5);
    try (TensorScope scope = TensorScope.open()) {
      RunState before = RunState.capture();
      double[] first = draw(dropout);
      double[] second = draw(dropout);
      before.during(() -> assertThat(draw(dropout)).isEqualTo(first));
      RandomStream.begin(5, 0);
      draw(dropout);

      assertThat(draw(dropout)).isEqualTo(second).isNotEqualTo(first);
    }
  }

  @Test
  void streamGoesOnFromAState() {
    RandomStream.begin(5, 0);
    Dropout dropout = new Dropout(0.5);
    try (TensorScope scope = TensorScope.open()) {
      draw(dropout);
      Tensor state = RandomStream.state().clone();
      double[] next = draw(dropout);
      RandomStream.begin(6, 3);
      RandomStream.restore(state);

      assertThat(draw(dropout)).isEqualTo(next);
    }
  }

  @Test
  void threadWithoutAStreamIsRefused() {
    Ranks.Outcome<double[]> outcome = Ranks.threads(1, () -> draw(new Dropout(0.5))).get(0);

    assertThat(outcome.thrown())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Cannot draw random numbers: no stream was begun on thread ");
  }

  @Test
  void probabilityOutOfRangeIsRefused() {
    assertThatThrownBy(() -> new Dropout(1))
        .hasMessage("Cannot drop elements with probability 1.0: it must be in [0, 1)");
  }

  private static double[] draw(Dropout dropout) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor ones = torch.ones(new long[] {COUNT}, new TensorOptions(ScalarType.Double));
      return Tensors.values(dropout.forward(ones));
    }
  }
}
