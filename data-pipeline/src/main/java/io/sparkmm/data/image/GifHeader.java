package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;

/** Reads a GIF file up to its first frame. */
final class GifHeader {
  private static final int EXTENSION = 0x21;
  private static final int CONTROL = 0xf9;
  private static final int FRAME = 0x2c;

  private GifHeader() {}

  /**
   * Where the first frame lies.
   *
   * @param left column of its first pixel in the picture
   * @param top row of its first pixel
   * @param width pixels
   * @param height pixels
   * @param fill colour number of the picture outside the frame
   */
  record Frame(int left, int top, int width, int height, int fill) {}

  static ImageHeader read(ByteWindow file) {
    Frame frame = frameOf(file);
    // A frame that reaches beyond the picture enlarges it.
    int width = Math.max(file.u16LittleEndian(6), frame.left + frame.width);
    int height = Math.max(file.u16LittleEndian(8), frame.top + frame.height);
    if (frame.width == 0 || frame.height == 0) {
      throw new ImageException(
          RejectReason.IMAGE_ZERO_SIZE,
          file.name(),
          "the size of the first frame is " + frame.width + "x" + frame.height);
    }
    long position = frame(file);
    long palette = 13;
    int colours = (file.u8(10) & 0x80) != 0 ? colours(file.u8(10)) : 0;
    if ((file.u8(position + 9) & 0x80) != 0) {
      palette = position + 10;
      colours = colours(file.u8(position + 9));
    }
    ImageMode mode = isGreyRamp(file, palette, colours) ? ImageMode.GREY : ImageMode.PALETTE;
    return ImageHeaders.header(file, ImageFormat.GIF, width, height, mode);
  }

  /** Place of the first frame in the picture. */
  static Frame frameOf(ByteWindow file) {
    long position = frame(file);
    return new Frame(
        file.u16LittleEndian(position + 1),
        file.u16LittleEndian(position + 3),
        file.u16LittleEndian(position + 5),
        file.u16LittleEndian(position + 7),
        transparent(file));
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
    long position = afterPalette(file);
    while (file.u8(position) == EXTENSION) {
      position = afterExtension(file, position);
    }
    if (file.u8(position) != FRAME) {
      throw ImageHeaders.invalid(file, "there is no frame");
    }
    return position;
  }

  /** The colour that the last control block before the frame calls transparent; else 0. */
  private static int transparent(ByteWindow file) {
    int colour = 0;
    long position = afterPalette(file);
    while (file.u8(position) == EXTENSION) {
      boolean control = file.u8(position + 1) == CONTROL && file.u8(position + 2) >= 4;
      if (control && (file.u8(position + 3) & 1) != 0) {
        colour = file.u8(position + 6);
      }
      position = afterExtension(file, position);
    }
    return colour;
  }

  private static long afterPalette(ByteWindow file) {
    return 13 + ((file.u8(10) & 0x80) != 0 ? 3L * colours(file.u8(10)) : 0);
  }

  private static long afterExtension(ByteWindow file, long extension) {
    long position = extension + 2;
    while (file.u8(position) != 0) {
      position += 1 + file.u8(position);
    }
    return position + 1;
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
