package io.sparkmm.data.image;

/** How a picture is resized; the numbers are those of Pillow, which processor files use. */
public enum ResampleFilter {
  /** The pixel at {@code floor((o + 0.5) * in / out)}. */
  NEAREST(0),
  /** Antialiased cubic convolution with a = -0.5. */
  BICUBIC(3);

  private final int code;

  ResampleFilter(int code) {
    this.code = code;
  }

  /** Pillow's number of the filter. */
  public int code() {
    return code;
  }
}
