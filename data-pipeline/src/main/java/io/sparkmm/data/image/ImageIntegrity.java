package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;

/**
 * Finds files that end before their picture does, without decoding them. A JPEG file has to have
 * its end marker, a PNG or GIF file whole blocks of picture data, a BMP file all its rows.
 */
final class ImageIntegrity {
  private static final int JPEG_TAIL_BYTES = 2;

  private ImageIntegrity() {}

  static void check(ByteWindow file, ImageHeader header) {
    switch (header.format()) {
      case JPEG -> jpeg(file);
      case PNG -> png(file);
      case GIF -> gif(file);
      case BMP -> bmp(file, header);
      case WEBP -> riff(file);
    }
  }

  private static void jpeg(ByteWindow file) {
    long size = file.size();
    // Nearly every file ends with the marker; only the others have to be read in full.
    if (file.u16BigEndian(size - JPEG_TAIL_BYTES) == 0xff00 + JpegHeader.EOI) {
      return;
    }
    long position = 2;
    while (position + 1 < size) {
      if (file.u8(position) != 0xff) {
        position++;
        continue;
      }
      int marker = file.u8(position + 1);
      if (marker == JpegHeader.EOI) {
        return;
      }
      if (marker == 0xff) {
        position++;
      } else if (JpegHeader.hasSegment(marker)) {
        position += 2;
        position += position + 1 < size ? file.u16BigEndian(position) : 2;
      } else {
        position += 2;
      }
    }
    throw truncated(file, "there is no end marker");
  }

  private static void png(ByteWindow file) {
    long size = file.size();
    long position = 8;
    boolean data = false;
    while (position + 8 <= size) {
      long length = file.u32BigEndian(position);
      boolean isData = file.startsWith(position + 4, "IDAT");
      if (data && !isData) {
        return;
      }
      data |= isData;
      if (isData && position + 8 + length > size) {
        throw truncated(file, "the picture data end at byte " + size);
      }
      // Length, name, content, checksum.
      position += 12 + length;
    }
    if (!data) {
      throw truncated(file, "there are no picture data");
    }
  }

  private static void gif(ByteWindow file) {
    long size = file.size();
    long position = GifHeader.frameData(file);
    while (position < size) {
      int length = file.u8(position);
      if (length == 0) {
        return;
      }
      position += 1 + length;
    }
    throw truncated(file, "the picture data end at byte " + size);
  }

  private static void bmp(ByteWindow file, ImageHeader header) {
    int headerBytes = file.i32LittleEndian(14);
    boolean info = headerBytes >= BmpHeader.INFO_HEADER_BYTES;
    if (info && file.i32LittleEndian(30) != 0 && file.i32LittleEndian(30) != 3) {
      return; // Compressed: the size is not known in advance.
    }
    int bits = info ? file.u16LittleEndian(28) : file.u16LittleEndian(24);
    long rowBytes = ((long) header.width() * bits + 31) / 32 * 4;
    long end = Integer.toUnsignedLong(file.i32LittleEndian(10)) + rowBytes * header.height();
    if (end > file.size()) {
      throw truncated(file, "it has " + file.size() + " of " + end + " bytes");
    }
  }

  private static void riff(ByteWindow file) {
    long end = 8 + Integer.toUnsignedLong(file.i32LittleEndian(4));
    if (end > file.size()) {
      throw truncated(file, "it has " + file.size() + " of " + end + " bytes");
    }
  }

  private static ImageException truncated(ByteWindow file, String detail) {
    return new ImageException(RejectReason.IMAGE_TRUNCATED, file.name(), detail);
  }
}
