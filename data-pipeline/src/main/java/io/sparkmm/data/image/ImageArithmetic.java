package io.sparkmm.data.image;

/**
 * How the image processor computes. Both ways follow the same formulas; they round differently, so
 * that some pixels differ by one grey level. Grids and tokens do not depend on it.
 */
public enum ImageArithmetic {
  /**
   * As transformers' {@code Qwen2VLImageProcessor}, which resizes with Pillow: weights with 22
   * binary places; levels are scaled by 1/255, then normalised.
   */
  PILLOW("slow"),
  /**
   * As {@code Qwen2VLImageProcessorFast}, which resizes tensors of bytes: weights of 16 bits; scale
   * and normalisation in one step.
   */
  TENSOR("fast");

  private final String text;

  ImageArithmetic(String text) {
    this.text = text;
  }

  /** Name in settings and manifests: {@code slow} or {@code fast}. */
  public String text() {
    return text;
  }

  /** The arithmetic that {@code use_fast_tokenizer} of the data settings selects. */
  public static ImageArithmetic of(boolean useFast) {
    return useFast ? TENSOR : PILLOW;
  }
}
