package io.sparkmm.data.image;

import java.io.Serializable;

/**
 * Tells from a picture's size how many features a vision tower makes of it. The number is {@code t
 * * h * w / mergeSize^2} of its grid.
 */
public interface PictureSizing extends Serializable {
  /**
   * The grid of a picture.
   *
   * @param size size in the file
   * @param name path of the picture, for the message
   * @throws ImageException if no grid can be made of a picture of this size
   */
  PatchGrid grid(SmartResize.Size size, String name);

  /** Side, in patches, of the square that becomes one feature. */
  int mergeSize();

  /** A text that differs when grids may differ; names what made a data set. */
  String fingerprint();
}
