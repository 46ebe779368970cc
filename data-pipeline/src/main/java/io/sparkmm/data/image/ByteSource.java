package io.sparkmm.data.image;

import java.io.IOException;

/** Bytes of a file that are read piece by piece. */
public interface ByteSource {
  /** Number of bytes of the file. */
  long size() throws IOException;

  /**
   * Reads {@code length} bytes, fewer only when the file ends before.
   *
   * @param position first byte, from 0; may lie behind the end
   * @param length most bytes to return
   */
  byte[] read(long position, int length) throws IOException;

  /** A file that is in memory. */
  static ByteSource of(byte[] bytes) {
    return new ByteSource() {
      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public byte[] read(long position, int length) {
        int from = (int) Math.min(position, bytes.length);
        int to = (int) Math.min((long) from + length, bytes.length);
        return java.util.Arrays.copyOfRange(bytes, from, to);
      }
    };
  }
}
