package io.sparkmm.data.image;

import java.util.Objects;

/**
 * What the data settings say about pictures.
 *
 * @param bounds {@code image_min_pixels} and {@code image_max_pixels}
 * @param cropToPatches {@code crop_to_patches}: whether large pictures are cut into tiles, where
 *     the family does that
 */
public record PictureSettings(PixelBounds bounds, boolean cropToPatches) {
  public PictureSettings {
    Objects.requireNonNull(bounds, "bounds");
  }
}
