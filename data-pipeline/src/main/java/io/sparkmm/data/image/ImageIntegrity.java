package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;

/**
 * Finds files that end before their picture does, without decoding them. A JPEG file has to have
 * its end marker, a PNG or GIF file whole blocks of picture data and enough bytes for its size, a
 * BMP file all its rows, a WebP file the length it names.
 */
final class ImageIntegrity {
  private static final int JPEG_TAIL_BYTES = 2;

  /** No byte of deflate gives more bytes than this. */
  private static final int DEFLATE_RATIO = 1032;

  /** No byte of LZW with codes of 3 to 12 bits gives more pixels than this. */
  private static final int LZW_RATIO = 3 * 4096;

  private ImageIntegrity() {}

  static void check(ByteWindow file, ImageHeader header) {
    switch (header.format()) {
      case JPEG -> jpeg(file);
      case PNG -> png(file, header);
      case GIF -> gif(file, header);
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

  private static void png(ByteWindow file, ImageHeader header) {
    long size = file.size();
    int samples =
        switch (header.mode()) {
          case BILEVEL, GREY, GREY16, PALETTE -> 1;
          case GREY_ALPHA -> 2;
          case RGB -> 3;
          case RGBA, CMYK -> 4;
        };
    long bits = (long) header.width() * header.height() * samples * file.u8(24);
    if (bits / 8 / DEFLATE_RATIO > size) {
      throw tooShort(file, header);
    }
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

  private static void gif(ByteWindow file, ImageHeader header) {
    long size = file.size();
    GifHeader.Frame frame = GifHeader.frameOf(file);
    if ((long) frame.width() * frame.height() / LZW_RATIO > size) {
      throw tooShort(file, header);
    }
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
    int compression = info ? file.i32LittleEndian(30) : 0;
    if (compression != 0 && compression != BmpHeader.BIT_FIELDS) {
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

  private static ImageException tooShort(ByteWindow file, ImageHeader header) {
    return truncated(
        file,
        file.size() + " bytes cannot hold " + header.width() + "x" + header.height() + " pixels");
  }

  private static ImageException truncated(ByteWindow file, String detail) {
    return new ImageException(RejectReason.IMAGE_TRUNCATED, file.name(), detail);
  }
}
