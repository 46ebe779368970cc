package io.sparkmm.convert.torch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One entry of an archive to be written, laid out as torch.save does: the header leaves checksum
 * and sizes to a descriptor behind the content, and an extra field of padding moves the content to
 * a multiple of {@value #ALIGNMENT}.
 *
 * @param name full name
 * @param headerAt position in the archive of the local header
 * @param size bytes of the content
 */
record ZipRecord(String name, long headerAt, long size) {

  static final int ALIGNMENT = 64;

  private static final int PADDING_ID = 'F' | 'B' << 8;
  private static final int EXTRA_HEAD_BYTES = 4;

  /** Position of the content. */
  long contentAt() {
    long least = headerAt + ZipFormat.LOCAL_BYTES + nameBytes().length + EXTRA_HEAD_BYTES;
    return roundUp(least + localZip64Bytes());
  }

  private static long roundUp(long position) {
    return Math.multiplyExact((position + ALIGNMENT - 1) / ALIGNMENT, (long) ALIGNMENT);
  }

  /** Position just past the entry, where the next one begins. */
  long nextAt() {
    return Math.addExact(Math.addExact(contentAt(), size), descriptorBytes());
  }

  private byte[] nameBytes() {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private boolean isLong() {
    return size >= ZipFormat.MAX_U32;
  }

  private boolean isFar() {
    return headerAt >= ZipFormat.MAX_U32;
  }

  private int zip64ContentBytes() {
    return (isLong() ? 2 * Long.BYTES : 0) + (isFar() ? Long.BYTES : 0);
  }

  private int localZip64Bytes() {
    return isLong() || isFar() ? EXTRA_HEAD_BYTES + zip64ContentBytes() : 0;
  }

  private int descriptorBytes() {
    if (size == 0) {
      return 0;
    }
    return isLong() || isFar() ? ZipFormat.ZIP64_DESCRIPTOR_BYTES : ZipFormat.DESCRIPTOR_BYTES;
  }

  private short flags() {
    return (short) (ZipFormat.FLAG_UTF8 | (size == 0 ? 0 : ZipFormat.FLAG_DESCRIPTOR));
  }

  /** All bytes before the content. */
  byte[] localHeader() {
    byte[] nameBytes = nameBytes();
    ByteBuffer out = buffer(contentAt() - headerAt);
    int extraBytes = out.capacity() - ZipFormat.LOCAL_BYTES - nameBytes.length;
    int paddingBytes = extraBytes - localZip64Bytes() - EXTRA_HEAD_BYTES;
    out.putInt(ZipFormat.LOCAL_SIGNATURE).putShort((short) 0).putShort(flags());
    out.putShort((short) 0).putInt(0); // stored; no time
    out.putInt(0).putInt(0).putInt(0); // in the descriptor
    out.putShort((short) nameBytes.length).putShort((short) extraBytes).put(nameBytes);
    if (localZip64Bytes() > 0) {
      out.putShort((short) ZipFormat.ZIP64_EXTRA_ID).putShort((short) zip64ContentBytes());
      if (isLong()) {
        out.putLong(size).putLong(0);
      }
      if (isFar()) {
        out.putLong(headerAt);
      }
    }
    out.putShort((short) PADDING_ID).putShort((short) paddingBytes);
    while (out.hasRemaining()) {
      out.put((byte) 'Z');
    }
    return out.array();
  }

  /** All bytes behind the content. */
  byte[] descriptor(long crc32) {
    ByteBuffer out = buffer(descriptorBytes());
    if (out.hasRemaining()) {
      out.putInt(ZipFormat.DESCRIPTOR_SIGNATURE).putInt((int) crc32);
      if (out.capacity() == ZipFormat.ZIP64_DESCRIPTOR_BYTES) {
        out.putLong(size).putLong(size);
      } else {
        out.putInt((int) size).putInt((int) size);
      }
    }
    return out.array();
  }

  /** Length of {@link #centralHeader}. */
  long centralBytes() {
    return ZipFormat.CENTRAL_BYTES + nameBytes().length + (long) localZip64Bytes();
  }

  /** The entry's part of the directory. */
  byte[] centralHeader(long crc32) {
    byte[] nameBytes = nameBytes();
    ByteBuffer out = buffer(centralBytes());
    out.putInt(ZipFormat.CENTRAL_SIGNATURE).putInt(0).putShort(flags());
    out.putShort((short) 0).putInt(0); // stored; no time
    int shortSize = (int) Math.min(size, ZipFormat.MAX_U32);
    out.putInt((int) crc32).putInt(shortSize).putInt(shortSize);
    out.putShort((short) nameBytes.length).putShort((short) localZip64Bytes());
    out.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0);
    out.putInt((int) Math.min(headerAt, ZipFormat.MAX_U32)).put(nameBytes);
    if (localZip64Bytes() > 0) {
      out.putShort((short) ZipFormat.ZIP64_EXTRA_ID).putShort((short) zip64ContentBytes());
      if (isLong()) {
        out.putLong(size).putLong(size);
      }
      if (isFar()) {
        out.putLong(headerAt);
      }
    }
    return out.array();
  }

  /**
   * The records that end an archive.
   *
   * @param entries number of entries
   * @param position position of the directory
   * @param size bytes of the directory
   */
  static byte[] end(int entries, long position, long size) {
    boolean zip64 =
        entries >= ZipFormat.MAX_U16 || position >= ZipFormat.MAX_U32 || size >= ZipFormat.MAX_U32;
    int zip64Bytes = zip64 ? ZipFormat.ZIP64_END_BYTES + ZipFormat.ZIP64_LOCATOR_BYTES : 0;
    ByteBuffer out = buffer((long) zip64Bytes + ZipFormat.END_BYTES);
    if (zip64) {
      out.putInt(ZipFormat.ZIP64_END_SIGNATURE);
      out.putLong(ZipFormat.ZIP64_END_BYTES - ZipFormat.ZIP64_END_UNCOUNTED);
      out.putShort((short) 0x031e).putShort((short) 45); // versions, as PyTorch says
      out.putInt(0).putInt(0).putLong(entries).putLong(entries).putLong(size).putLong(position);
      out.putInt(ZipFormat.ZIP64_LOCATOR_SIGNATURE).putInt(0).putLong(position + size).putInt(1);
    }
    short shortEntries = (short) Math.min(entries, ZipFormat.MAX_U16);
    out.putInt(ZipFormat.END_SIGNATURE).putInt(0).putShort(shortEntries).putShort(shortEntries);
    out.putInt((int) Math.min(size, ZipFormat.MAX_U32));
    out.putInt((int) Math.min(position, ZipFormat.MAX_U32)).putShort((short) 0);
    return out.array();
  }

  private static ByteBuffer buffer(long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
