package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;

/** Reads a GIF file up to its first frame. */
final class GifHeader {
  private static final int EXTENSION = 0x21;
  private static final int FRAME = 0x2c;

  private GifHeader() {}

  static ImageHeader read(ByteWindow file) {
    int width = file.u16LittleEndian(6);
    int height = file.u16LittleEndian(8);
    long position = 13;
    long palette = -1;
    int colours = 0;
    if ((file.u8(10) & 0x80) != 0) {
      palette = position;
      colours = colours(file.u8(10));
      position += 3L * colours;
    }
    while (file.u8(position) == EXTENSION) {
      position += 2;
      while (file.u8(position) != 0) {
        position += 1 + file.u8(position);
      }
      position++;
    }
    if (file.u8(position) != FRAME) {
      throw ImageHeaders.invalid(file, "there is no frame");
    }
    boolean covered =
        file.u16LittleEndian(position + 1) == 0
            && file.u16LittleEndian(position + 3) == 0
            && file.u16LittleEndian(position + 5) == width
            && file.u16LittleEndian(position + 7) == height;
    if (!covered) {
      throw new ImageException(
          RejectReason.IMAGE_FORMAT_UNSUPPORTED,
          file.name(),
          "the first frame of the GIF file does not cover the picture");
    }
    if ((file.u8(position + 9) & 0x80) != 0) {
      palette = position + 10;
      colours = colours(file.u8(position + 9));
    }
    ImageMode mode = isGreyRamp(file, palette, colours) ? ImageMode.GREY : ImageMode.PALETTE;
    return ImageHeaders.header(file, ImageFormat.GIF, width, height, mode);
  }

  private static int colours(int flags) {
    return 1 << (flags & 7) + 1;
  }

  /** Whether colour i is the grey level i, so that indices can be averaged. */
  private static boolean isGreyRamp(ByteWindow file, long palette, int colours) {
    for (int i = 0; i < colours; i++) {
      for (int channel = 0; channel < 3; channel++) {
        if (file.u8(palette + 3L * i + channel) != i) {
          return false;
        }
      }
    }
    return true;
  }
}
