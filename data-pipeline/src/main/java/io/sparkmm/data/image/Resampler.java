package io.sparkmm.data.image;

/**
 * Resizes pictures bit for bit as Pillow or PyTorch do: cubic in a horizontal and then a vertical
 * pass, each rounded to 8 bits, or by taking the nearest pixel.
 */
final class Resampler {
  private Resampler() {}

  /**
   * As {@link #resize(PixelImage, SmartResize.Size, ResampleFilter, ImageArithmetic)} in Pillow.
   */
  static PixelImage resize(PixelImage image, SmartResize.Size size, ResampleFilter filter) {
    return resize(image, size, filter, ImageArithmetic.PILLOW);
  }

  /** The picture with another size; the picture itself when the size is the same. */
  static PixelImage resize(
      PixelImage image, SmartResize.Size size, ResampleFilter filter, ImageArithmetic arithmetic) {
    if (image.size().equals(size)) {
      return image;
    }
    return switch (filter) {
      case NEAREST -> nearest(image, size);
      case BICUBIC -> bicubic(image, size, arithmetic);
    };
  }

  private static PixelImage nearest(PixelImage image, SmartResize.Size size) {
    int channels = image.channels();
    byte[] from = image.samples();
    byte[] to = new byte[samples(size, channels)];
    int[] columns = nearestIndices(image.width(), size.width());
    int[] rows = nearestIndices(image.height(), size.height());
    int at = 0;
    for (int row : rows) {
      int start = row * image.width() * channels;
      for (int column : columns) {
        for (int c = 0; c < channels; c++) {
          to[at++] = from[start + column * channels + c];
        }
      }
    }
    return new PixelImage(size.width(), size.height(), channels, to);
  }

  private static int[] nearestIndices(int in, int out) {
    double scale = (double) in / out;
    int[] indices = new int[out];
    // Steps are summed up, not multiplied, as in the reference: it matters for the last digit.
    double position = scale * 0.5;
    for (int o = 0; o < out; o++) {
      indices[o] = (int) position;
      position += scale;
    }
    return indices;
  }

  private static PixelImage bicubic(
      PixelImage image, SmartResize.Size size, ImageArithmetic arithmetic) {
    PixelImage result = image;
    if (size.width() != image.width()) {
      result = horizontal(result, new ResampleWeights(image.width(), size.width(), arithmetic));
    }
    if (size.height() != image.height()) {
      result = vertical(result, new ResampleWeights(image.height(), size.height(), arithmetic));
    }
    return result;
  }

  private static PixelImage horizontal(PixelImage image, ResampleWeights axis) {
    int width = axis.outputs();
    int bits = axis.bits();
    int half = 1 << bits >> 1;
    int[] weights = axis.weights();
    int channels = image.channels();
    byte[] from = image.samples();
    byte[] to = new byte[samples(new SmartResize.Size(width, image.height()), channels)];
    int at = 0;
    for (int y = 0; y < image.height(); y++) {
      int row = y * image.width() * channels;
      for (int x = 0; x < width; x++) {
        int start = row + axis.first(x) * channels;
        int offset = axis.offset(x);
        int taps = axis.count(x);
        if (channels == 3) {
          int red = half;
          int green = half;
          int blue = half;
          for (int i = 0, p = start; i < taps; i++, p += 3) {
            int weight = weights[offset + i];
            red += (from[p] & 0xff) * weight;
            green += (from[p + 1] & 0xff) * weight;
            blue += (from[p + 2] & 0xff) * weight;
          }
          to[at++] = clip(red >> bits);
          to[at++] = clip(green >> bits);
          to[at++] = clip(blue >> bits);
        } else {
          for (int c = 0; c < channels; c++) {
            int sum = half;
            for (int i = 0, p = start + c; i < taps; i++, p += channels) {
              sum += (from[p] & 0xff) * weights[offset + i];
            }
            to[at++] = clip(sum >> bits);
          }
        }
      }
    }
    return new PixelImage(width, image.height(), channels, to);
  }

  private static PixelImage vertical(PixelImage image, ResampleWeights axis) {
    int height = axis.outputs();
    int bits = axis.bits();
    int half = 1 << bits >> 1;
    int[] weights = axis.weights();
    byte[] from = image.samples();
    int stride = image.width() * image.channels();
    byte[] to = new byte[samples(new SmartResize.Size(image.width(), height), image.channels())];
    int[] sums = new int[stride];
    for (int y = 0; y < height; y++) {
      java.util.Arrays.fill(sums, half);
      int offset = axis.offset(y);
      for (int i = 0; i < axis.count(y); i++) {
        int weight = weights[offset + i];
        int start = (axis.first(y) + i) * stride;
        for (int x = 0; x < stride; x++) {
          sums[x] += (from[start + x] & 0xff) * weight;
        }
      }
      int at = y * stride;
      for (int x = 0; x < stride; x++) {
        to[at + x] = clip(sums[x] >> bits);
      }
    }
    return new PixelImage(image.width(), height, image.channels(), to);
  }

  private static byte clip(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }

  private static int samples(SmartResize.Size size, int channels) {
    return Math.toIntExact(size.area() * channels);
  }
}
