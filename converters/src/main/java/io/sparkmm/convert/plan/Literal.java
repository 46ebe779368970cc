package io.sparkmm.convert.plan;

import java.util.Arrays;

/** Bytes of a file that belong to no tensor: headers, directories, padding. */
public final class Literal {

  private final long offset;
  private final byte[] bytes;

  /**
   * @param offset absolute offset of the first byte
   * @param bytes taken as they are, not copied
   */
  public Literal(long offset, byte[] bytes) {
    this.offset = offset;
    this.bytes = bytes;
  }

  /** Absolute offset of the first byte. */
  public long offset() {
    return offset;
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return Arrays.copyOf(bytes, bytes.length);
  }

  /** Number of bytes. */
  public int length() {
    return bytes.length;
  }
}
