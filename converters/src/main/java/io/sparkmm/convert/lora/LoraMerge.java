package io.sparkmm.convert.lora;

import io.sparkmm.convert.number.FloatFormat;
import java.util.Optional;

/**
 * How adapters are merged: {@code W + scale * (B x A)}, calculated in {@code float} and rounded
 * once.
 *
 * @param scale factor of the product, usually alpha / rank
 * @param scaleFirst multiply A by the scale before the product, as {@code addmm_} of PyTorch does,
 *     instead of the product; makes a difference in the last bit of {@code float} only, and none
 *     for powers of two
 * @param result element type of merged weights; empty for that of the weight
 */
public record LoraMerge(double scale, boolean scaleFirst, Optional<FloatFormat> result) {

  /**
   * @throws IllegalArgumentException when the scale is no finite number
   */
  public LoraMerge {
    if (!Double.isFinite(scale)) {
      throw new IllegalArgumentException("Cannot merge adapters with scale " + scale);
    }
  }
}
