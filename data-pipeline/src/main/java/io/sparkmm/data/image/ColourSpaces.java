package io.sparkmm.data.image;

/** Conversions between colour spaces in integer arithmetic, as libjpeg and Pillow do them. */
final class ColourSpaces {
  private static final int SCALE_BITS = 16;
  private static final int ONE_HALF = 1 << (SCALE_BITS - 1);
  private static final int[] CR_TO_RED = new int[256];
  private static final int[] CB_TO_BLUE = new int[256];
  private static final int[] CR_TO_GREEN = new int[256];
  private static final int[] CB_TO_GREEN = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int x = i - 128;
      CR_TO_RED[i] = (fix(1.40200) * x + ONE_HALF) >> SCALE_BITS;
      CB_TO_BLUE[i] = (fix(1.77200) * x + ONE_HALF) >> SCALE_BITS;
      CR_TO_GREEN[i] = -fix(0.71414) * x;
      CB_TO_GREEN[i] = -fix(0.34414) * x + ONE_HALF;
    }
  }

  private ColourSpaces() {}

  /** YCbCr to RGB in place; with 4 channels YCCK to CMY and unchanged K. */
  static void yccToRgb(byte[] samples, int channels) {
    int flip = channels == 4 ? 0xff : 0;
    for (int p = 0; p < samples.length; p += channels) {
      int y = samples[p] & 0xff;
      int cb = samples[p + 1] & 0xff;
      int cr = samples[p + 2] & 0xff;
      samples[p] = (byte) (clip(y + CR_TO_RED[cr]) ^ flip);
      samples[p + 1] =
          (byte) (clip(y + ((CB_TO_GREEN[cb] + CR_TO_GREEN[cr]) >> SCALE_BITS)) ^ flip);
      samples[p + 2] = (byte) (clip(y + CB_TO_BLUE[cb]) ^ flip);
    }
  }

  /** CMYK to RGB; 0 = no ink. */
  static PixelImage cmykToRgb(PixelImage image) {
    byte[] from = image.samples();
    byte[] to = new byte[from.length / 4 * 3];
    for (int p = 0, q = 0; p < from.length; p += 4) {
      int light = 255 - (from[p + 3] & 0xff);
      for (int c = 0; c < 3; c++) {
        to[q++] = (byte) clip(light - multiply(from[p + c] & 0xff, light));
      }
    }
    return new PixelImage(image.width(), image.height(), 3, to);
  }

  /** Grey to RGB. */
  static PixelImage greyToRgb(PixelImage image) {
    byte[] from = image.samples();
    byte[] to = new byte[Math.multiplyExact(from.length, 3)];
    for (int p = 0, q = 0; p < from.length; p++) {
      to[q++] = from[p];
      to[q++] = from[p];
      to[q++] = from[p];
    }
    return new PixelImage(image.width(), image.height(), 3, to);
  }

  /** The picture without its last channel; transparency is dropped, not blended. */
  static PixelImage dropAlpha(PixelImage image) {
    int channels = image.channels();
    byte[] from = image.samples();
    byte[] to = new byte[from.length / channels * (channels - 1)];
    for (int p = 0, q = 0; p < from.length; p += channels) {
      for (int c = 0; c < channels - 1; c++) {
        to[q++] = from[p + c];
      }
    }
    return new PixelImage(image.width(), image.height(), channels - 1, to);
  }

  /** Colours times opacity, so that averaging ignores the colour of transparent pixels. */
  static PixelImage premultiply(PixelImage image) {
    int channels = image.channels();
    byte[] samples = image.samples().clone();
    for (int p = 0; p < samples.length; p += channels) {
      int alpha = samples[p + channels - 1] & 0xff;
      for (int c = 0; c < channels - 1; c++) {
        samples[p + c] = (byte) multiply(samples[p + c] & 0xff, alpha);
      }
    }
    return new PixelImage(image.width(), image.height(), channels, samples);
  }

  /** The inverse of {@link #premultiply}. */
  static PixelImage unpremultiply(PixelImage image) {
    int channels = image.channels();
    byte[] samples = image.samples().clone();
    for (int p = 0; p < samples.length; p += channels) {
      int alpha = samples[p + channels - 1] & 0xff;
      for (int c = 0; c < channels - 1 && alpha != 0 && alpha != 255; c++) {
        samples[p + c] = (byte) clip(255 * (samples[p + c] & 0xff) / alpha);
      }
    }
    return new PixelImage(image.width(), image.height(), channels, samples);
  }

  /** {@code a * b / 255}, rounded. */
  private static int multiply(int a, int b) {
    int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
  }

  private static int clip(int value) {
    return Math.max(0, Math.min(255, value));
  }

  private static int fix(double x) {
    return (int) (x * (1 << SCALE_BITS) + 0.5);
  }
}
