package io.sparkmm.convert.torch;

import io.sparkmm.convert.torch.TorchException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where the directory of an archive lies, from the records at its end.
 *
 * @param position first byte of the directory
 * @param size bytes of the directory
 * @param entries number of entries
 */
record ZipEnd(long position, long size, long entries) {

  static ZipEnd read(ZipSlice slice) throws IOException {
    long endAt = slice.length() - ZipFormat.END_BYTES;
    ByteBuffer end = endAt < 0 ? ByteBuffer.allocate(4) : slice.read(endAt, ZipFormat.END_BYTES);
    if (end.getInt() != ZipFormat.END_SIGNATURE) {
      throw slice.fail(
          Kind.TRUNCATED,
          "it begins as a zip archive and does not end as one; it was cut off or added to");
    }
    int disk = u16(end);
    int directoryDisk = u16(end);
    int entriesHere = u16(end);
    int entries = u16(end);
    long size = u32(end);
    long position = u32(end);
    int comment = u16(end);
    if (disk != 0 || directoryDisk != 0 || entriesHere != entries || comment != 0) {
      throw slice.fail(Kind.BAD_ZIP, "its end record is damaged");
    }
    ZipEnd small = new ZipEnd(position, size, entries);
    ZipEnd result = small;
    long directoryEnd = endAt;
    long locatorAt = endAt - ZipFormat.ZIP64_LOCATOR_BYTES;
    if (locatorAt >= 0) {
      ByteBuffer locator = slice.read(locatorAt, ZipFormat.ZIP64_LOCATOR_BYTES);
      if (locator.getInt() == ZipFormat.ZIP64_LOCATOR_SIGNATURE) {
        directoryEnd = locatorAt - ZipFormat.ZIP64_END_BYTES;
        result = readZip64(slice, locator, directoryEnd);
        checkAgreement(slice, small, result);
      }
    }
    result.check(slice, directoryEnd);
    return result;
  }

  private static ZipEnd readZip64(ZipSlice slice, ByteBuffer locator, long expectedAt)
      throws IOException {
    int disk = locator.getInt();
    long at = locator.getLong();
    int disks = locator.getInt();
    if (disk != 0 || disks != 1 || at != expectedAt || at < 0) {
      throw slice.fail(Kind.BAD_ZIP, "its zip64 locator is damaged");
    }
    ByteBuffer record = slice.read(at, ZipFormat.ZIP64_END_BYTES);
    int signature = record.getInt();
    long length = record.getLong();
    record.getInt(); // versions
    long disks64 = record.getLong(); // this one and that of the directory
    long entriesHere = record.getLong();
    long entries = record.getLong();
    long size = record.getLong();
    long position = record.getLong();
    if (signature != ZipFormat.ZIP64_END_SIGNATURE
        || length != ZipFormat.ZIP64_END_BYTES - ZipFormat.ZIP64_END_UNCOUNTED
        || disks64 != 0
        || entriesHere != entries) {
      throw slice.fail(Kind.BAD_ZIP, "its zip64 end record is damaged");
    }
    return new ZipEnd(position, size, entries);
  }

  /** The short numbers are those of the zip64 record, or say that they stand there. */
  private static void checkAgreement(ZipSlice slice, ZipEnd small, ZipEnd large) {
    boolean agree =
        (small.position == ZipFormat.MAX_U32 || small.position == large.position)
            && (small.size == ZipFormat.MAX_U32 || small.size == large.size)
            && (small.entries == ZipFormat.MAX_U16 || small.entries == large.entries);
    if (!agree) {
      throw slice.fail(Kind.BAD_ZIP, "its end record and its zip64 end record contradict");
    }
  }

  private void check(ZipSlice slice, long directoryEnd) {
    if (position < 0 || size < 0 || position > directoryEnd || directoryEnd - position != size) {
      throw slice.fail(
          Kind.BAD_ZIP,
          "its directory should be "
              + size
              + " bytes at "
              + position
              + " and end at "
              + directoryEnd);
    }
    if (entries < 0 || entries > size / ZipFormat.CENTRAL_BYTES) {
      throw slice.fail(
          Kind.BAD_ZIP, entries + " entries do not fit a directory of " + size + " bytes");
    }
  }

  static int u16(ByteBuffer buffer) {
    return Short.toUnsignedInt(buffer.getShort());
  }

  static long u32(ByteBuffer buffer) {
    return Integer.toUnsignedLong(buffer.getInt());
  }
}
