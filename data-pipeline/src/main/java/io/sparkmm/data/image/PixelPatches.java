package io.sparkmm.data.image;

import java.util.Objects;

/**
 * A picture as the vision tower takes it.
 *
 * @param rows {@code grid.patches()} rows of equal width, one after the other
 * @param grid how the rows lie in the picture
 */
public record PixelPatches(float[] rows, PatchGrid grid) {
  public PixelPatches {
    Objects.requireNonNull(rows, "rows");
    Objects.requireNonNull(grid, "grid");
  }
}
