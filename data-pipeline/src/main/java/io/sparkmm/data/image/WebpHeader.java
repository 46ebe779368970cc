package io.sparkmm.data.image;

import java.util.Optional;

/**
 * Reads a WebP file up to its first frame: a RIFF container with the chunk {@code VP8 } (lossy) or
 * {@code VP8L} (lossless), or with {@code VP8X} and further chunks, among them frames {@code ANMF}.
 */
final class WebpHeader {
  static final int CHUNK_HEADER_BYTES = 8;
  static final int FRAME_HEADER_BYTES = 16;

  private static final long FIRST_CHUNK = 12;
  private static final int ALPHA_FLAG = 0x10;
  private static final int ANIMATION_FLAG = 0x02;

  private WebpHeader() {}

  /** A chunk's position and length, both without its own 8 bytes. */
  record Chunk(long position, long length) {}

  /**
   * A picture inside the file.
   *
   * @param width pixels
   * @param height pixels
   * @param mode RGB or RGBA
   * @param lossless whether the data name their mode themselves
   */
  private record Bitstream(int width, int height, ImageMode mode, boolean lossless) {}

  static ImageHeader read(ByteWindow file) {
    if (file.startsWith(FIRST_CHUNK, "VP8X")) {
      return extended(file);
    }
    Bitstream picture = bitstream(file, FIRST_CHUNK, file.size());
    return header(file, picture.width, picture.height, picture.mode);
  }

  /** The first frame of an animation; empty for a file with one picture. */
  static Optional<Chunk> firstFrame(ByteWindow file) {
    if (!isAnimated(file)) {
      return Optional.empty();
    }
    long position = FIRST_CHUNK;
    while (!file.startsWith(position, "ANMF")) {
      position = next(file, position);
      if (position >= file.size()) {
        throw ImageHeaders.invalid(file, "the animation has no frame");
      }
    }
    return Optional.of(new Chunk(position + CHUNK_HEADER_BYTES, length(file, position)));
  }

  /**
   * Makes sure that the data of a frame are a picture of the frame's size; libwebp would allocate
   * whatever size they name.
   */
  static void checkFrame(ByteWindow file, Chunk frame, int width, int height) {
    long end = frame.position() + frame.length();
    Bitstream picture = bitstream(file, frame.position() + FRAME_HEADER_BYTES, end);
    if (picture.width != width || picture.height != height) {
      throw differs(file, picture, width, height);
    }
  }

  private static ImageHeader extended(ByteWindow file) {
    int width = file.u24LittleEndian(24) + 1;
    int height = file.u24LittleEndian(27) + 1;
    ImageMode mode = (file.u8(20) & ALPHA_FLAG) != 0 ? ImageMode.RGBA : ImageMode.RGB;
    ImageHeader header = header(file, width, height, mode);
    // A size beyond all limits is the better message.
    if (isAnimated(file) || (long) width * height > DecodeLimit.MAX_PIXELS) {
      return header;
    }
    Bitstream picture = bitstream(file, next(file, FIRST_CHUNK), file.size());
    if (picture.width != width || picture.height != height) {
      throw differs(file, picture, width, height);
    }
    // Of a lossless picture its own flag counts, not the one of the container.
    return picture.mode == mode || !picture.lossless
        ? header
        : header(file, width, height, picture.mode);
  }

  /** The first picture data among the chunks between two positions. */
  private static Bitstream bitstream(ByteWindow file, long from, long to) {
    long position = from;
    while (position < to) {
      long data = position + CHUNK_HEADER_BYTES;
      if (file.startsWith(position, "VP8 ")) {
        int width = file.u16LittleEndian(data + 6) & 0x3fff;
        int height = file.u16LittleEndian(data + 8) & 0x3fff;
        return new Bitstream(width, height, ImageMode.RGB, false);
      }
      if (file.startsWith(position, "VP8L")) {
        int bits = file.i32LittleEndian(data + 1);
        ImageMode mode = (bits >>> 28 & 1) != 0 ? ImageMode.RGBA : ImageMode.RGB;
        return new Bitstream((bits & 0x3fff) + 1, (bits >>> 14 & 0x3fff) + 1, mode, true);
      }
      position = next(file, position);
    }
    throw ImageHeaders.invalid(file, "the WebP file has no picture data");
  }

  private static boolean isAnimated(ByteWindow file) {
    return file.startsWith(FIRST_CHUNK, "VP8X") && (file.u8(20) & ANIMATION_FLAG) != 0;
  }

  private static long length(ByteWindow file, long chunk) {
    return Integer.toUnsignedLong(file.i32LittleEndian(chunk + 4));
  }

  /** Position of the following chunk; chunks begin at even positions. */
  private static long next(ByteWindow file, long chunk) {
    long length = length(file, chunk);
    return chunk + CHUNK_HEADER_BYTES + length + (length & 1);
  }

  private static ImageHeader header(ByteWindow file, int width, int height, ImageMode mode) {
    return ImageHeaders.header(file, ImageFormat.WEBP, width, height, mode);
  }

  private static ImageException differs(ByteWindow file, Bitstream picture, int width, int height) {
    return ImageHeaders.invalid(
        file,
        "its data are "
            + picture.width
            + "x"
            + picture.height
            + " pixels, the container says "
            + width
            + "x"
            + height);
  }
}
