package io.sparkmm.data.image;

import java.util.Objects;

/**
 * Sizes of vision towers that bring every picture to one size. A grid of one row stands for
 * features that are no rectangle.
 *
 * @param grid the grid of every picture; each patch is a feature
 */
public record FixedPictureSizing(PatchGrid grid) implements PictureSizing {
  public FixedPictureSizing {
    Objects.requireNonNull(grid, "grid");
  }

  @Override
  public PatchGrid grid(SmartResize.Size size, String name) {
    return grid;
  }

  @Override
  public int mergeSize() {
    return 1;
  }

  @Override
  public String fingerprint() {
    return toString();
  }
}
