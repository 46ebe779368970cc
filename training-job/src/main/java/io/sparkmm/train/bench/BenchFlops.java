package io.sparkmm.train.bench;

import io.sparkmm.train.model.qwen2vl.Grid;
import io.sparkmm.train.model.qwen2vl.Qwen2VlConfig;
import io.sparkmm.train.model.qwen2vl.Qwen2VlFlops;

/**
 * Floating-point operations that training on a row needs: matrix products of forward times three,
 * the causal half of attention, and logits at supervised positions only.
 *
 * @param config the model
 */
record BenchFlops(Qwen2VlConfig config) {
  private static final int TRAINING = 3;

  long training(long tokens, long supervised, int gridSide) {
    Qwen2VlFlops flops = new Qwen2VlFlops(config);
    long head = 2L * config.text().vocabSize() * config.text().hiddenSize();
    long forward =
        flops.textMatrices(tokens)
            - (tokens - supervised) * head
            + flops.textAttention(tokens)
            + flops.vision(new Grid(1, gridSide, gridSide));
    return TRAINING * forward;
  }
}
