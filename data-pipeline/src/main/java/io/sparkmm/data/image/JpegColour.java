package io.sparkmm.data.image;

/** How the channels of a JPEG file are to be read; by the rules of libjpeg. */
enum JpegColour {
  /** As stored: grey, RGB or CMYK. */
  PLAIN,
  /** Luminance and chrominance; with a fourth channel YCCK. */
  YCC;

  private static final int APP0 = 0xe0;
  private static final int APP14 = 0xee;

  /** Reads the markers up to the frame header of a file whose header is known to be sound. */
  static JpegColour of(ByteWindow file) {
    boolean jfif = false;
    int adobeTransform = -1;
    long position = 2;
    while (true) {
      while (file.u8(position) != 0xff) {
        position++;
      }
      while (file.u8(position) == 0xff) {
        position++;
      }
      int marker = file.u8(position++);
      if (JpegHeader.isFrame(marker)) {
        return choose(file, position, jfif, adobeTransform);
      }
      if (JpegHeader.hasSegment(marker)) {
        int length = file.u16BigEndian(position);
        if (marker == APP0 && length >= 14 && file.startsWith(position + 2, "JFIF\0")) {
          jfif = true;
        } else if (marker == APP14 && length >= 14 && file.startsWith(position + 2, "Adobe")) {
          adobeTransform = file.u8(position + 13);
        }
        position += length;
      }
    }
  }

  private static JpegColour choose(ByteWindow file, long frame, boolean jfif, int adobeTransform) {
    int components = file.u8(frame + 7);
    if (components == 4) {
      return adobeTransform == 2 ? YCC : PLAIN;
    }
    if (components != 3) {
      return PLAIN;
    }
    if (jfif) {
      return YCC;
    }
    if (adobeTransform >= 0) {
      return adobeTransform == 0 ? PLAIN : YCC;
    }
    boolean namedRgb =
        file.u8(frame + 8) == 'R' && file.u8(frame + 11) == 'G' && file.u8(frame + 14) == 'B';
    return namedRgb ? PLAIN : YCC;
  }
}
