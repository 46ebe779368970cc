package io.sparkmm.train.npu;

import com.sun.jna.Memory;

/**
 * The record by which the ranks of a communicator find rank 0. Its content is the library's own
 * business: it is passed on whole, never compared and never logged.
 */
public final class RootInfo {
  /** Bytes of the record. */
  public static final int BYTES = 4108;

  private final byte[] bytes;

  private RootInfo(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Makes a record of received bytes.
   *
   * @throws IllegalArgumentException if there are not exactly {@value #BYTES}
   */
  public static RootInfo of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException(
          "Cannot read root info: it has " + bytes.length + " bytes, not " + BYTES);
    }
    return new RootInfo(bytes.clone());
  }

  /** Makes a record of what the library wrote. */
  static RootInfo of(Memory memory) {
    return new RootInfo(memory.getByteArray(0, BYTES));
  }

  /** The bytes to send to the other ranks. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** The bytes in native memory, which lives as long as the object returned. */
  Memory toMemory() {
    Memory memory = new Memory(BYTES);
    memory.write(0, bytes, 0, BYTES);
    return memory;
  }
}
