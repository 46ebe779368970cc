package io.sparkmm.data.image;

import java.io.Serializable;
import java.util.Objects;

/**
 * How pictures become pixel values, apart from the checkpoint's image processor.
 *
 * @param bounds {@code image_min_pixels} and {@code image_max_pixels} of the data settings; grids
 *     depend on them
 * @param filter filter of the resize to these bounds
 * @param arithmetic how the image processor computes
 */
public record PixelSettings(PixelBounds bounds, RegulariseFilter filter, ImageArithmetic arithmetic)
    implements Serializable {
  public PixelSettings {
    Objects.requireNonNull(bounds, "bounds");
    Objects.requireNonNull(filter, "filter");
    Objects.requireNonNull(arithmetic, "arithmetic");
  }
}
