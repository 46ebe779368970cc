package io.sparkmm.data.shapes;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes 8-bit RGB pictures as PNG: the three chunks that the format asks for and nothing else, so
 * that equal pixels give equal files.
 */
final class PngEncoder {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int CHANNELS = 3;
  private static final byte FILTER_UP = 2;

  private PngEncoder() {}

  /**
   * A PNG file.
   *
   * @param rgb red, green, blue per pixel, row by row
   */
  static byte[] encode(byte[] rgb, int width, int height) {
    if (rgb.length != width * height * CHANNELS) {
      throw new IllegalArgumentException(
          "Cannot encode a picture of " + width + "x" + height + " from " + rgb.length + " bytes");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(rgb.length);
    out.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13);
    // Bit depth 8, colour type 2 (RGB), deflate, adaptive filters, not interlaced.
    header.putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0});
    chunk(out, "IHDR", header.array());
    chunk(out, "IDAT", deflate(filter(rgb, width * CHANNELS, height)));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  /** Each row as its filter's number and the differences to the row above. */
  private static byte[] filter(byte[] rgb, int stride, int height) {
    byte[] filtered = new byte[rgb.length + height];
    int at = 0;
    for (int y = 0; y < height; y++) {
      filtered[at++] = FILTER_UP;
      for (int x = 0; x < stride; x++) {
        int above = y == 0 ? 0 : rgb[(y - 1) * stride + x];
        filtered[at++] = (byte) (rgb[y * stride + x] - above);
      }
    }
    return filtered;
  }

  private static byte[] deflate(byte[] data) {
    Deflater deflater = new Deflater(6);
    try {
      deflater.setInput(data);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream(data.length);
      byte[] buffer = new byte[8192];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(name);
    out.writeBytes(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
