package io.sparkmm.train.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.LiveMemory;
import io.sparkmm.train.torch.HostTensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory of the loss in chunks; runs in a process of its own. */
class ChunkedLossMemoryCases {
  private static final int WIDTH = 6;

  private TensorScope scope;

  @BeforeEach
  void openScope() {
    scope = TensorScope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  @Test
  void logitsOfAllTargetsAreNeverInMemory() {
    int targets = 2048;
    int vocabulary = 20_000;
    long logits = (long) targets * vocabulary * Float.BYTES;
    Tensor states = torch.rand(targets, WIDTH).requires_grad_(true);
    Tensor weight = torch.rand(vocabulary, WIDTH).requires_grad_(true);
    Targets goals =
        new Targets(
            torch.zeros(new long[] {targets}).to(ScalarType.Long),
            torch.zeros(new long[] {targets}).to(ScalarType.Long),
            1);
    Runnable inChunks =
        () ->
            new ChunkedLoss(LossWeights.mean(), ChunkSize.fixed(16))
                .compute(states, weight, goals)
                .backward();
    inChunks.run();
    long chunked = LiveMemory.peakOf(inChunks);
    long whole =
        LiveMemory.peakOf(
            () ->
                CausalLmLoss.mean(
                        new ModelOutput(torch.linear(states, weight), goals.ids(), goals.rows(), 1))
                    .backward());

    assertThat(whole).isGreaterThan(2 * logits);
    assertThat(chunked).isLessThan(logits / 2);
    assertThat(weight.grad().numel()).isEqualTo((long) vocabulary * WIDTH);
  }

  @Test
  void gradientOfTheHeadIsHandedOverWithoutACopy() {
    int vocabulary = 1 << 20;
    long bytes = (long) vocabulary * WIDTH * Float.BYTES;
    Tensor states = torch.rand(4, WIDTH).requires_grad_(true);
    Tensor weight = torch.rand(vocabulary, WIDTH).requires_grad_(true);
    Targets goals =
        new Targets(HostTensors.of(new long[] {1, 2, 3, 4}, 4), HostTensors.of(new long[4], 4), 1);
    long before = LiveMemory.bytes();
    new ChunkedLoss(LossWeights.mean(), ChunkSize.fixed(1))
        .compute(states, weight, goals)
        .backward();

    assertThat(LiveMemory.bytes() - before).isBetween(bytes / 2, bytes * 3 / 2);
  }
}
