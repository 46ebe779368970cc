package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;

/** Finds the frame header of a JPEG file: marker segments up to the first SOF. */
final class JpegHeader {
  static final int SOI = 0xd8;
  static final int EOI = 0xd9;
  static final int SOS = 0xda;
  private static final int PROGRESSIVE = 0xc2;

  private JpegHeader() {}

  static ImageHeader read(ByteWindow file) {
    long frame = frame(file);
    return frame(file, file.u8(frame), frame + 1);
  }

  /** Whether the picture comes in several scans, of a file whose header is known to be sound. */
  static boolean isProgressive(ByteWindow file) {
    return file.u8(frame(file)) == PROGRESSIVE;
  }

  /** Position of the frame's marker, without its {@code ff}. */
  private static long frame(ByteWindow file) {
    long position = 2;
    while (true) {
      // Junk before a marker and any number of fill bytes are allowed.
      while (file.u8(position) != 0xff) {
        position++;
      }
      while (file.u8(position) == 0xff) {
        position++;
      }
      int marker = file.u8(position++);
      if (isFrame(marker)) {
        return position - 1;
      }
      if (marker == EOI || marker == SOS) {
        throw ImageHeaders.invalid(file, "there is no frame header before the picture data");
      }
      if (hasSegment(marker)) {
        int length = file.u16BigEndian(position);
        if (length < 2) {
          throw ImageHeaders.invalid(file, "a segment has the length " + length);
        }
        position += length;
      }
    }
  }

  /** Whether a marker is followed by a length and data. */
  static boolean hasSegment(int marker) {
    boolean standalone = marker == 0 || marker == 0x01 || (marker >= 0xd0 && marker <= EOI);
    return !standalone;
  }

  /** Whether a marker starts a frame; C4, C8 and CC in their midst mean something else. */
  static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static ImageHeader frame(ByteWindow file, int marker, long position) {
    int bits = file.u8(position + 2);
    int height = file.u16BigEndian(position + 3);
    int width = file.u16BigEndian(position + 5);
    int components = file.u8(position + 7);
    if (marker > PROGRESSIVE || bits != 8) {
      throw new ImageException(
          RejectReason.IMAGE_FORMAT_UNSUPPORTED,
          file.name(),
          String.format(
              java.util.Locale.ROOT,
              "JPEG process SOF%d with %d bits; supported are SOF0 to SOF2 with 8 bits",
              marker - 0xc0,
              bits));
    }
    ImageMode mode =
        switch (components) {
          case 1 -> ImageMode.GREY;
          case 3 -> ImageMode.RGB;
          case 4 -> ImageMode.CMYK;
          default -> throw ImageHeaders.invalid(file, "it has " + components + " components");
        };
    return ImageHeaders.header(file, ImageFormat.JPEG, width, height, mode);
  }
}
