package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;

/** Recognises picture formats by their first bytes and reads their headers. */
final class ImageHeaders {
  private static final String PNG_SIGNATURE = "\u0089PNG\r\n\u001a\n";
  private static final String JPEG_SIGNATURE = "\u00ff\u00d8\u00ff";

  private ImageHeaders() {}

  static ImageHeader read(ByteWindow file) {
    if (file.size() == 0) {
      throw new ImageException(RejectReason.IMAGE_EMPTY, file.name(), "it has 0 bytes");
    }
    if (file.startsWith(0, JPEG_SIGNATURE)) {
      return JpegHeader.read(file);
    }
    if (file.startsWith(0, PNG_SIGNATURE)) {
      return png(file);
    }
    if (file.startsWith(0, "GIF87a") || file.startsWith(0, "GIF89a")) {
      return GifHeader.read(file);
    }
    if (file.startsWith(0, "RIFF") && file.startsWith(8, "WEBP")) {
      return WebpHeader.read(file);
    }
    if (file.startsWith(0, "BM")) {
      return BmpHeader.read(file);
    }
    throw ForeignFormats.refuse(file);
  }

  /** A header, or the exception for a size that is no size. */
  static ImageHeader header(
      ByteWindow file, ImageFormat format, long width, long height, ImageMode mode) {
    String size = width + "x" + height;
    if (width < 1 || height < 1) {
      throw new ImageException(RejectReason.IMAGE_ZERO_SIZE, file.name(), "the size is " + size);
    }
    if (width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
      throw new ImageException(RejectReason.IMAGE_TOO_LARGE, file.name(), "the size is " + size);
    }
    return new ImageHeader(format, (int) width, (int) height, mode);
  }

  static ImageException invalid(ByteWindow file, String detail) {
    return new ImageException(RejectReason.IMAGE_HEADER_INVALID, file.name(), detail);
  }

  private static ImageHeader png(ByteWindow file) {
    long width = file.u32BigEndian(16);
    long height = file.u32BigEndian(20);
    int depth = file.u8(24);
    int colour = file.u8(25);
    if (!file.startsWith(12, "IHDR")) {
      throw invalid(file, "the first chunk is not IHDR");
    }
    ImageMode mode =
        switch (colour) {
          case 0 ->
              depth == 1 ? ImageMode.BILEVEL : depth == 16 ? ImageMode.GREY16 : ImageMode.GREY;
          case 2 -> ImageMode.RGB;
          case 3 -> ImageMode.PALETTE;
          case 4 -> ImageMode.GREY_ALPHA;
          case 6 -> ImageMode.RGBA;
          default -> throw invalid(file, "the colour type is " + colour);
        };
    return header(file, ImageFormat.PNG, width, height, mode);
  }
}
