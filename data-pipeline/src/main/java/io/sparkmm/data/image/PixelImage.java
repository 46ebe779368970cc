package io.sparkmm.data.image;

/**
 * Pixels in memory, row by row from the top, the channels of a pixel next to each other.
 *
 * @param width pixels
 * @param height pixels
 * @param channels 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA or CMYK
 * @param samples {@code width * height * channels} values of 0 to 255
 */
record PixelImage(int width, int height, int channels, byte[] samples) {
  PixelImage {
    if (samples.length != (long) width * height * channels) {
      throw new IllegalArgumentException(
          "Cannot use " + samples.length + " samples for " + width + "x" + height + "x" + channels);
    }
  }

  SmartResize.Size size() {
    return new SmartResize.Size(width, height);
  }
}
