package io.sparkmm.data.image;

/**
 * Resizes pictures bit for bit as Pillow does: cubic in a horizontal and then a vertical pass, each
 * rounded to 8 bits, or by taking the nearest pixel.
 */
final class Resampler {
  private static final int HALF = 1 << (ResampleWeights.PRECISION_BITS - 1);

  private Resampler() {}

  /** The picture with another size; the picture itself when the size is the same. */
  static PixelImage resize(PixelImage image, SmartResize.Size size, ResampleFilter filter) {
    if (image.size().equals(size)) {
      return image;
    }
    return switch (filter) {
      case NEAREST -> nearest(image, size);
      case BICUBIC -> bicubic(image, size);
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

  private static PixelImage bicubic(PixelImage image, SmartResize.Size size) {
    PixelImage result = image;
    if (size.width() != image.width()) {
      result = horizontal(result, size.width());
    }
    if (size.height() != image.height()) {
      result = vertical(result, size.height());
    }
    return result;
  }

  private static PixelImage horizontal(PixelImage image, int width) {
    ResampleWeights axis = new ResampleWeights(image.width(), width);
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
          int red = HALF;
          int green = HALF;
          int blue = HALF;
          for (int i = 0, p = start; i < taps; i++, p += 3) {
            int weight = weights[offset + i];
            red += (from[p] & 0xff) * weight;
            green += (from[p + 1] & 0xff) * weight;
            blue += (from[p + 2] & 0xff) * weight;
          }
          to[at++] = clip(red);
          to[at++] = clip(green);
          to[at++] = clip(blue);
        } else {
          for (int c = 0; c < channels; c++) {
            int sum = HALF;
            for (int i = 0, p = start + c; i < taps; i++, p += channels) {
              sum += (from[p] & 0xff) * weights[offset + i];
            }
            to[at++] = clip(sum);
          }
        }
      }
    }
    return new PixelImage(width, image.height(), channels, to);
  }

  private static PixelImage vertical(PixelImage image, int height) {
    ResampleWeights axis = new ResampleWeights(image.height(), height);
    int[] weights = axis.weights();
    byte[] from = image.samples();
    int stride = image.width() * image.channels();
    byte[] to = new byte[samples(new SmartResize.Size(image.width(), height), image.channels())];
    int[] sums = new int[stride];
    for (int y = 0; y < height; y++) {
      java.util.Arrays.fill(sums, HALF);
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
        to[at + x] = clip(sums[x]);
      }
    }
    return new PixelImage(image.width(), height, image.channels(), to);
  }

  private static byte clip(int sum) {
    int value = sum >> ResampleWeights.PRECISION_BITS;
    return (byte) Math.max(0, Math.min(255, value));
  }

  private static int samples(SmartResize.Size size, int channels) {
    return Math.toIntExact(size.area() * channels);
  }
}
