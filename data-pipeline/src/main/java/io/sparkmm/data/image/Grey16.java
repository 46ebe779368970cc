package io.sparkmm.data.image;

/**
 * A grey picture with 16 bits, resized and reduced to 8 bits bit for bit as Pillow does. Levels
 * above 255 become 255: Pillow clips them, it does not scale.
 *
 * @param width pixels
 * @param height pixels
 * @param samples {@code width * height} values of 0 to 65535
 */
record Grey16(int width, int height, int[] samples) {
  SmartResize.Size size() {
    return new SmartResize.Size(width, height);
  }

  Grey16 resize(SmartResize.Size size, ResampleFilter filter) {
    if (size().equals(size)) {
      return this;
    }
    return switch (filter) {
      case NEAREST -> nearest(size);
      case BICUBIC -> bicubic(size);
    };
  }

  /** The picture with 8 bits. */
  PixelImage clipped() {
    byte[] levels = new byte[samples.length];
    for (int i = 0; i < samples.length; i++) {
      levels[i] = (byte) Math.min(samples[i], 255);
    }
    return new PixelImage(width, height, 1, levels);
  }

  private Grey16 nearest(SmartResize.Size size) {
    // A product here, a running sum for 8 bits: it decides where the position is a whole number.
    double scaleX = (double) width / size.width();
    double scaleY = (double) height / size.height();
    int[] to = new int[Math.toIntExact(size.area())];
    int at = 0;
    for (int y = 0; y < size.height(); y++) {
      int row = (int) (scaleY * (y + 0.5)) * width;
      for (int x = 0; x < size.width(); x++) {
        to[at++] = samples[row + (int) (scaleX * (x + 0.5))];
      }
    }
    return new Grey16(size.width(), size.height(), to);
  }

  private Grey16 bicubic(SmartResize.Size size) {
    Grey16 wide = size.width() == width ? this : pass(size.width(), height, true);
    return size.height() == height ? wide : wide.pass(size.width(), size.height(), false);
  }

  private Grey16 pass(int newWidth, int newHeight, boolean horizontal) {
    ResampleWeights axis =
        new ResampleWeights(
            horizontal ? width : height, horizontal ? newWidth : newHeight, ImageArithmetic.PILLOW);
    double[] weights = axis.exact();
    int step = horizontal ? 1 : width;
    int[] to = new int[Math.multiplyExact(newWidth, newHeight)];
    int at = 0;
    for (int y = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        int output = horizontal ? x : y;
        int start = horizontal ? y * width + axis.first(x) : axis.first(y) * width + x;
        double sum = 0;
        for (int i = 0; i < axis.count(output); i++) {
          sum += samples[start + i * step] * weights[axis.offset(output) + i];
        }
        to[at++] = store(sum);
      }
    }
    return new Grey16(newWidth, newHeight, to);
  }

  /** Rounds; the two bytes are clipped on their own. */
  private static int store(double sum) {
    int rounded = (int) (sum >= 0 ? Math.floor(sum + 0.5) : -Math.floor(-sum + 0.5));
    int low = Math.max(rounded % 256, 0);
    int high = Math.max(0, Math.min(255, rounded >> 8));
    return high << 8 | low;
  }
}
