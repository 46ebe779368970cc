package io.sparkmm.data.image;

/** How a picture file stores its pixels; decides how they are resized before they become RGB. */
public enum ImageMode {
  /** One bit per pixel. */
  BILEVEL,
  /** Grey, up to 8 bits. */
  GREY,
  /** Grey with 16 bits. */
  GREY16,
  /** Grey with transparency. */
  GREY_ALPHA,
  /** Indices into a table of colours. */
  PALETTE,
  /** Red, green, blue. */
  RGB,
  /** Red, green, blue with transparency. */
  RGBA,
  /** Cyan, magenta, yellow, black, also as YCCK. */
  CMYK;

  /** Whether pixels cannot be averaged, so that resizing takes the nearest one. */
  public boolean resizesByNearest() {
    return this == BILEVEL || this == PALETTE;
  }

  /** Whether the last channel is transparency. */
  public boolean hasAlpha() {
    return this == GREY_ALPHA || this == RGBA;
  }
}
