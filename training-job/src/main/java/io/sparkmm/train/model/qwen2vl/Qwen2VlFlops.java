package io.sparkmm.train.model.qwen2vl;

/**
 * Floating-point operations of matrix products, for utilisation figures: a multiplication with its
 * addition counts as two. Normalisation, rotation, softmax and activations are not counted.
 */
public final class Qwen2VlFlops {
  private final Qwen2VlConfig config;

  /** Counts for models of the given sizes. */
  public Qwen2VlFlops(Qwen2VlConfig config) {
    this.config = config;
  }

  /**
   * Matrix products of all decoder layers and the head for one sequence of real tokens, forward.
   */
  public long textMatrices(long tokens) {
    Qwen2VlTextConfig text = config.text();
    long hidden = text.hiddenSize();
    long width = (long) text.heads() * text.headSize();
    long kvWidth = (long) text.kvHeads() * text.headSize();
    long layer = 2 * hidden * width + 2 * hidden * kvWidth + 3 * hidden * text.intermediateSize();
    return 2 * tokens * (text.layers() * layer + (long) text.vocabSize() * hidden);
  }

  /** Attention products of one sequence, forward; only the causal half of the square is counted. */
  public long textAttention(long tokens) {
    Qwen2VlTextConfig text = config.text();
    return 2 * tokens * tokens * text.heads() * text.headSize() * text.layers();
  }

  /** Vision tower and merger for one picture or clip, forward. */
  public long vision(Grid grid) {
    Qwen2VlVisionConfig vision = config.vision();
    long width = vision.embedDim();
    long patches = grid.patches();
    long frame = grid.framePatches();
    long block = 4 * width * width + 2 * width * vision.mlpWidth();
    long merged = width * vision.mergedPatches();
    return 2 * patches * vision.patchValues() * width
        + 2 * patches * vision.depth() * block
        + grid.t() * vision.depth() * 4 * frame * frame * width
        + 2 * (patches / vision.mergedPatches()) * (merged * merged + merged * vision.outputSize());
  }
}
