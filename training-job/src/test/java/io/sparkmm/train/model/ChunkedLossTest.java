package io.sparkmm.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.testing.Tensors;
import io.sparkmm.train.torch.HostTensors;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChunkedLossTest {
  private static final int WIDTH = 6;
  private static final int VOCABULARY = 11;

  private TensorScope scope;

  @BeforeEach
  void openScope() {
    scope = TensorScope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  /** Seven targets: one, two and four of three sequences. */
  private static Targets targets() {
    return new Targets(
        HostTensors.of(new long[] {3, 0, 10, 2, 2, 7, 5}, 7),
        HostTensors.of(new long[] {0, 1, 1, 2, 2, 2, 2}, 7),
        3);
  }

  private static Tensor leaf(ScalarType type, double phase, int rows) {
    double[] values = new double[rows * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.sin(1.1 * i + phase);
    }
    return Tensors.of(type, values).view(rows, WIDTH).requires_grad_(true);
  }

  private static Map<String, LossWeights> forms() {
    Map<String, LossWeights> forms = new LinkedHashMap<>();
    forms.put("mean", LossWeights.mean());
    forms.put("per sample", LossWeights.perSample());
    forms.put("per token", LossWeights.perToken(9.5));
    return forms;
  }

  @ParameterizedTest
  @CsvSource({"Float, 1e-6", "Double, 1e-12"})
  void equalsTheLossOfAllLogitsInAllForms(ScalarType type, double limit) {
    for (Map.Entry<String, LossWeights> form : forms().entrySet()) {
      for (int chunk : new int[] {1, 2, 100}) {
        Tensor states = leaf(type, 0.3, 7);
        Tensor weight = leaf(type, 2.0, VOCABULARY);
        Tensor whole =
            CausalLmLoss.of(
                new ModelOutput(torch.linear(states, weight), targets().ids(), targets().rows(), 3),
                form.getValue());
        whole.mul(new Scalar(0.25)).backward();
        Tensor chunkedStates = leaf(type, 0.3, 7);
        Tensor chunkedWeight = leaf(type, 2.0, VOCABULARY);
        Tensor loss =
            new ChunkedLoss(form.getValue(), ChunkSize.fixed(chunk))
                .compute(chunkedStates, chunkedWeight, targets());
        loss.mul(new Scalar(0.25)).backward();

        String what = form.getKey() + ", chunks of " + chunk;
        assertThat(difference(loss, whole)).as(what).isLessThan(limit);
        assertThat(difference(chunkedStates.grad(), states.grad())).as(what).isLessThan(limit);
        assertThat(difference(chunkedWeight.grad(), weight.grad())).as(what).isLessThan(limit);
      }
    }
  }

  private static double difference(Tensor actual, Tensor expected) {
    return Tensors.relativeDifference(Tensors.values(actual), Tensors.values(expected));
  }

  @Test
  void halfPrecisionStatesGiveALossInSinglePrecision() {
    Tensor states = leaf(ScalarType.BFloat16, 0.3, 7);
    Tensor weight = leaf(ScalarType.BFloat16, 2.0, VOCABULARY);
    Tensor loss =
        new ChunkedLoss(LossWeights.mean(), ChunkSize.fixed(1)).compute(states, weight, targets());
    loss.backward();

    assertThat(loss.scalar_type().intern()).isEqualTo(ScalarType.Float);
    assertThat(weight.grad().scalar_type().intern()).isEqualTo(ScalarType.BFloat16);
    Tensor logits = torch.linear(states.detach(), weight.detach());
    Tensor whole = CausalLmLoss.mean(new ModelOutput(logits, targets().ids(), targets().rows(), 3));
    assertThat(difference(loss, whole)).isLessThan(1e-6);
  }

  @Test
  void frozenHeadGetsNoGradient() {
    Tensor states = leaf(ScalarType.Float, 0.3, 7);
    Tensor weight = leaf(ScalarType.Float, 2.0, VOCABULARY).requires_grad_(false);
    new ChunkedLoss(LossWeights.mean(), ChunkSize.fixed(1))
        .compute(states, weight, targets())
        .backward();

    assertThat(states.grad().defined()).isTrue();
    assertThat(weight.grad().defined()).isFalse();
  }

  @Test
  void evaluationGivesTheSameLossWithoutGradients() {
    ChunkedLoss rule = new ChunkedLoss(LossWeights.perSample(), ChunkSize.fixed(1));
    Tensor states = leaf(ScalarType.Float, 0.3, 7);
    Tensor weight = leaf(ScalarType.Float, 2.0, VOCABULARY);
    double trained = rule.compute(states, weight, targets()).item_double();
    try (NoGradGuard off = new NoGradGuard()) {
      Tensor evaluated = rule.compute(states, weight, targets());
      assertThat(evaluated.requires_grad()).isFalse();
      assertThat(evaluated.item_double()).isEqualTo(trained);
    }
  }

  @Test
  void withoutTargetsTheLossIsZeroWithZeroGradients() {
    Tensor states = leaf(ScalarType.Float, 0.3, 0);
    Tensor weight = leaf(ScalarType.Float, 2.0, VOCABULARY);
    Targets none = new Targets(HostTensors.of(new long[0], 0), HostTensors.of(new long[0], 0), 2);
    Tensor loss =
        new ChunkedLoss(LossWeights.mean(), ChunkSize.fixed(4)).compute(states, weight, none);
    loss.backward();

    assertThat(loss.item_double()).isZero();
    assertThat(Tensors.values(weight.grad())).containsOnly(0.0);
  }

  @ParameterizedTest
  @CsvSource({
    "2, 4096, 2048",
    "3, 4096, 1024",
    "5, 4096, 512",
    "1, 4096, 4096",
    "4095, 4096, 1",
    "4096, 4096, 1",
    "0, 4096, 1",
    "3, 7, 2"
  })
  void dynamicChunksArePowersOfTwoWithinTheLimit(int rows, int total, int expected) {
    assertThat(ChunkSize.upTo(total).perSequence(rows)).isEqualTo(expected);
  }

  @Test
  void fixedChunksDoNotDependOnTheMicroBatch() {
    assertThat(ChunkSize.fixed(1024).perSequence(3)).isEqualTo(1024);
  }

  @Test
  void chunkWithoutTokensIsRefused() {
    assertThatThrownBy(() -> ChunkSize.fixed(0))
        .hasMessage("Cannot compute the loss in chunks of 0 tokens: at least 1 is needed");
  }

  @Test
  void headWithBiasIsRefused() {
    ChunkedLoss.requireSupported(new Linear(2, 3, false));
    assertThatThrownBy(() -> ChunkedLoss.requireSupported(new Linear(2, 3, true)))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot compute the loss in chunks: the output head has a bias; set"
                + " loss_cfg.compute_mode to default");
  }
}
