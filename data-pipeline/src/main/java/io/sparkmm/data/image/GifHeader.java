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
    long palette = 13;
    int colours = (file.u8(10) & 0x80) != 0 ? colours(file.u8(10)) : 0;
    long position = frame(file);
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

  /** Position of the first block of data of the first frame. */
  static long frameData(ByteWindow file) {
    long position = frame(file);
    int flags = file.u8(position + 9);
    long palette = (flags & 0x80) != 0 ? 3L * colours(flags) : 0;
    // The descriptor has 10 bytes; the data begin with the size of the codes.
    return position + 10 + palette + 1;
  }

  private static long frame(ByteWindow file) {
    long position = 13 + ((file.u8(10) & 0x80) != 0 ? 3L * colours(file.u8(10)) : 0);
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
    return position;
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
