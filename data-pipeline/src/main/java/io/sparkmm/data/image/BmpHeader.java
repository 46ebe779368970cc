package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;

/** Reads the header of a BMP file. */
final class BmpHeader {
  private static final int CORE_HEADER_BYTES = 12;
  static final int INFO_HEADER_BYTES = 40;

  /** Value of the field "compression" when pixels are cut up by masks. */
  static final int BIT_FIELDS = 3;

  private static final int ALPHA_HEADER_BYTES = 56;

  private BmpHeader() {}

  static ImageHeader read(ByteWindow file) {
    int headerBytes = file.i32LittleEndian(14);
    long width;
    long height;
    int bits;
    if (headerBytes == CORE_HEADER_BYTES) {
      width = file.u16LittleEndian(18);
      height = file.u16LittleEndian(20);
      bits = file.u16LittleEndian(24);
    } else if (headerBytes >= INFO_HEADER_BYTES && headerBytes <= 1024) {
      width = file.i32LittleEndian(18);
      // Negative when the rows run from top to bottom.
      height = Math.abs((long) file.i32LittleEndian(22));
      bits = file.u16LittleEndian(28);
    } else {
      throw ImageHeaders.invalid(file, "the header has " + headerBytes + " bytes");
    }
    ImageMode mode =
        switch (bits) {
          case 1, 4, 8 -> paletteMode(file, headerBytes, bits);
          case 16, 24 -> ImageMode.RGB;
          case 32 -> hasAlpha(file, headerBytes) ? ImageMode.RGBA : ImageMode.RGB;
          default ->
              throw new ImageException(
                  RejectReason.IMAGE_FORMAT_UNSUPPORTED,
                  file.name(),
                  "BMP with " + bits + " bits per pixel");
        };
    return ImageHeaders.header(file, ImageFormat.BMP, width, height, mode);
  }

  /** Whether one of the masks of a file with masks is for transparency. */
  private static boolean hasAlpha(ByteWindow file, int headerBytes) {
    return headerBytes >= ALPHA_HEADER_BYTES
        && file.i32LittleEndian(30) == BIT_FIELDS
        && file.i32LittleEndian(66) != 0;
  }

  /** A palette that is a ramp of greys makes the picture a grey one. */
  private static ImageMode paletteMode(ByteWindow file, int headerBytes, int bits) {
    int colours = 1 << bits;
    int step = 3;
    if (headerBytes >= INFO_HEADER_BYTES) {
      step = 4;
      int used = file.i32LittleEndian(46);
      colours = used > 0 && used < colours ? used : colours;
    }
    for (int i = 0; i < colours; i++) {
      int level = colours == 2 ? 255 * i : i;
      for (int channel = 0; channel < 3; channel++) {
        if (file.u8(14L + headerBytes + (long) step * i + channel) != level) {
          return ImageMode.PALETTE;
        }
      }
    }
    return colours == 2 ? ImageMode.BILEVEL : ImageMode.GREY;
  }
}
