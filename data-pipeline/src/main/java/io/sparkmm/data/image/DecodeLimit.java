package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;

/**
 * Bounds the memory that decoding a picture takes, by its header alone, so that a file of a few
 * bytes cannot exhaust it.
 *
 * <p>Counted are the pixels that the decoder returns, native buffers, and the copies made before
 * the picture is brought inside its area bounds; not the file itself, which is bounded, too.
 */
final class DecodeLimit {
  /** Most pixels; the number above which Pillow warns of a decompression bomb. */
  static final long MAX_PIXELS = 89_478_485;

  /** Most bytes for decoding one picture. */
  static final long MAX_BYTES = 512L << 20;

  /** Most bytes of a picture file. */
  static final long MAX_FILE_BYTES = 512L << 20;

  private DecodeLimit() {}

  /**
   * Refuses pictures beyond the limits.
   *
   * @throws ImageException with {@code IMAGE_TOO_LARGE}
   */
  static void check(ByteWindow file, ImageHeader header) {
    String size = header.width() + "x" + header.height() + " pixels";
    long pixels = (long) header.width() * header.height();
    if (pixels > MAX_PIXELS) {
      throw tooLarge(file, size + "; at most " + MAX_PIXELS + " are decoded");
    }
    long bytes = pixels * bytesPerPixel(file, header);
    if (bytes > MAX_BYTES) {
      throw tooLarge(
          file, size + " take " + bytes + " bytes to decode; at most " + MAX_BYTES + " are used");
    }
    if (file.size() > MAX_FILE_BYTES) {
      throw tooLarge(
          file, "the file has " + file.size() + " bytes; at most " + MAX_FILE_BYTES + " are read");
    }
  }

  /** Bytes at the peak for each pixel of the picture. */
  static int bytesPerPixel(ByteWindow file, ImageHeader header) {
    int channels =
        switch (header.mode()) {
          case BILEVEL, GREY, GREY16 -> 1;
          case GREY_ALPHA -> 2;
          case PALETTE, RGB -> 3;
          case RGBA, CMYK -> 4;
        };
    // Averaging takes a copy with premultiplied colours.
    int copy = header.mode().hasAlpha() ? channels : 0;
    return switch (header.format()) {
      // A progressive file's coefficients, 2 bytes each, are collected first.
      case JPEG -> JpegHeader.isProgressive(file) ? 3 * channels : channels;
      case PNG -> {
        boolean wide = file.u8(24) == 16;
        // A palette's indices, or samples of 16 bits, stand beside the result.
        int source = wide ? 2 * channels : header.mode() == ImageMode.PALETTE ? 1 : 0;
        yield source + (header.mode() == ImageMode.GREY16 ? 4 : channels) + copy;
      }
      // Indices of the frame and of the picture.
      case GIF -> 2 + channels;
      // 4 bytes of the file's own.
      case BMP -> 4 + channels + copy;
      // Twice 4 bytes in libwebp, 4 of its binding.
      case WEBP -> 12 + channels + copy;
    };
  }

  private static ImageException tooLarge(ByteWindow file, String detail) {
    return new ImageException(RejectReason.IMAGE_TOO_LARGE, file.name(), detail);
  }
}
