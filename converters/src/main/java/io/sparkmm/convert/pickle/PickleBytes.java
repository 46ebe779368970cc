package io.sparkmm.convert.pickle;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Python's {@code bytes} or {@code bytearray}. */
public final class PickleBytes {

  private final byte[] bytes;
  private final int hash;

  private PickleBytes(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /** A copy of {@code bytes}. */
  public static PickleBytes of(byte[] bytes) {
    return new PickleBytes(bytes.clone());
  }

  /** Takes over an array that nobody else holds. */
  static PickleBytes wrap(byte[] bytes) {
    return new PickleBytes(bytes);
  }

  /** Number of bytes. */
  public int size() {
    return bytes.length;
  }

  /** The bytes, read-only. */
  public ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  /** The bytes as a new array. */
  public byte[] toArray() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PickleBytes that
        && that.hash == hash
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return bytes.length + " bytes";
  }
}
