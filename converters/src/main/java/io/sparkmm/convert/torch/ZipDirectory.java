package io.sparkmm.convert.torch;

import io.sparkmm.convert.pickle.PickleText;
import io.sparkmm.convert.torch.TorchException.Kind;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the directory of an archive and compares it with the local headers. Only entries that are
 * stored without compression are accepted, so that no content can be larger than the file.
 */
final class ZipDirectory {

  private static final long MAX_BYTES = 64L << 20;
  private static final int HEAP_SHARE = 32;

  private final ZipSlice slice;
  private final long dataEnd;

  /** A header as it stands in the directory; sizes are those of zip64 where it says so. */
  private record Central(
      byte[] name, int flags, int method, long crc32, long packedSize, long size, long headerAt) {}

  private ZipDirectory(ZipSlice slice, long dataEnd) {
    this.slice = slice;
    this.dataEnd = dataEnd;
  }

  /** All entries in the order of the directory. */
  static List<ZipEntryInfo> read(ZipSlice slice) throws IOException {
    ZipEnd end = ZipEnd.read(slice);
    long maxBytes = Math.min(MAX_BYTES, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
    if (end.size() > maxBytes) {
      throw slice.fail(
          Kind.TOO_LARGE, "its directory has " + end.size() + " bytes, accepted are " + maxBytes);
    }
    ZipDirectory directory = new ZipDirectory(slice, end.position());
    List<ZipEntryInfo> entries =
        directory.readEntries(slice.read(end.position(), (int) end.size()), end.entries());
    directory.checkOverlaps(entries);
    return entries;
  }

  private List<ZipEntryInfo> readEntries(ByteBuffer bytes, long count) throws IOException {
    List<ZipEntryInfo> entries = new ArrayList<>((int) count);
    try {
      for (long i = 0; i < count; i++) {
        entries.add(locate(readCentral(bytes)));
      }
    } catch (BufferUnderflowException e) {
      throw TorchException.cannotRead(
          Kind.BAD_ZIP, slice.path(), "its directory ends inside an entry", e);
    }
    if (bytes.hasRemaining()) {
      throw slice.fail(
          Kind.BAD_ZIP,
          bytes.remaining() + " bytes of its directory follow the last of " + count + " entries");
    }
    return entries;
  }

  private Central readCentral(ByteBuffer bytes) {
    if (bytes.getInt() != ZipFormat.CENTRAL_SIGNATURE) {
      throw slice.fail(Kind.BAD_ZIP, "an entry of its directory has no signature");
    }
    bytes.getInt(); // versions
    int flags = ZipEnd.u16(bytes);
    int method = ZipEnd.u16(bytes);
    bytes.getInt(); // time
    long crc32 = ZipEnd.u32(bytes);
    long packedSize = ZipEnd.u32(bytes);
    long size = ZipEnd.u32(bytes);
    byte[] name = new byte[ZipEnd.u16(bytes)];
    int extraBytes = ZipEnd.u16(bytes);
    int commentBytes = ZipEnd.u16(bytes);
    int disk = ZipEnd.u16(bytes);
    bytes.getShort(); // attributes
    bytes.getInt();
    long headerAt = ZipEnd.u32(bytes);
    get(bytes, name);
    byte[] extra = new byte[extraBytes];
    get(bytes, extra);
    get(bytes, new byte[commentBytes]);
    if (disk != 0) {
      throw slice.fail(Kind.BAD_ZIP, "an entry of its directory lies on another disk");
    }
    ByteBuffer zip64 = zip64Extra(ByteBuffer.wrap(extra).order(ByteOrder.LITTLE_ENDIAN));
    long realSize = size == ZipFormat.MAX_U32 ? zip64.getLong() : size;
    long realPackedSize = packedSize == ZipFormat.MAX_U32 ? zip64.getLong() : packedSize;
    long realHeaderAt = headerAt == ZipFormat.MAX_U32 ? zip64.getLong() : headerAt;
    return new Central(name, flags, method, crc32, realPackedSize, realSize, realHeaderAt);
  }

  private static void get(ByteBuffer bytes, byte[] target) {
    if (bytes.remaining() < target.length) {
      throw new BufferUnderflowException();
    }
    bytes.get(target);
  }

  /** The content of the zip64 extra field; empty where there is none. */
  private static ByteBuffer zip64Extra(ByteBuffer extra) {
    while (extra.hasRemaining()) {
      int id = ZipEnd.u16(extra);
      int length = ZipEnd.u16(extra);
      if (length > extra.remaining()) {
        throw new BufferUnderflowException();
      }
      if (id == ZipFormat.ZIP64_EXTRA_ID) {
        return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      }
      extra.position(extra.position() + length);
    }
    return extra;
  }

  private ZipEntryInfo locate(Central central) throws IOException {
    String fullName = decode(central.name());
    String name = PickleText.shorten(fullName);
    if ((central.flags() & ~(ZipFormat.FLAG_DESCRIPTOR | ZipFormat.FLAG_UTF8)) != 0
        || central.method() != 0) {
      if (FileKind.isTorchScript(fullName)) {
        throw FileKind.torchScript(slice);
      }
      throw slice.fail(
          Kind.NOT_STORED,
          "entry "
              + name
              + ((central.flags() & ZipFormat.FLAG_ENCRYPTED) != 0
                  ? " is encrypted"
                  : " is compressed; torch.save stores all entries as they are"));
    }
    if (central.packedSize() != central.size() || central.size() < 0) {
      throw slice.fail(
          Kind.BAD_ZIP,
          "stored entry "
              + name
              + " has "
              + central.size()
              + " bytes, in "
              + central.packedSize()
              + " bytes");
    }
    int fixedBytes = ZipFormat.LOCAL_BYTES + central.name().length;
    if (central.headerAt() < 0 || central.headerAt() > dataEnd - fixedBytes) {
      throw slice.fail(
          Kind.OVERLAP,
          "entry " + name + " begins at " + central.headerAt() + ", the data end at " + dataEnd);
    }
    long extraAt = central.headerAt() + fixedBytes;
    int extraBytes = checkLocal(central, name, slice.read(central.headerAt(), fixedBytes));
    checkFields(name, slice.read(extraAt, extraBytes));
    long position = extraAt + extraBytes;
    if (position > dataEnd || central.size() > dataEnd - position) {
      throw slice.fail(
          Kind.OVERLAP,
          "entry "
              + name
              + " has "
              + central.size()
              + " bytes at "
              + position
              + ", the data end at "
              + dataEnd);
    }
    if ((central.flags() & ZipFormat.FLAG_DESCRIPTOR) != 0 && central.size() > 0) {
      checkDescriptor(central, name, position + central.size());
    }
    return new ZipEntryInfo(
        fullName, central.headerAt(), position, central.size(), central.crc32());
  }

  /** Compares a local header with the directory; the result is the length of its extra field. */
  private int checkLocal(Central central, String name, ByteBuffer local) {
    int signature = local.getInt();
    local.getShort(); // version
    int flags = ZipEnd.u16(local);
    int method = ZipEnd.u16(local);
    local.getInt(); // time
    long crc32 = ZipEnd.u32(local);
    long packedSize = ZipEnd.u32(local);
    long size = ZipEnd.u32(local);
    int nameBytes = ZipEnd.u16(local);
    int extraBytes = ZipEnd.u16(local);
    boolean sameKind =
        signature == ZipFormat.LOCAL_SIGNATURE
            && flags == central.flags()
            && method == central.method()
            && nameBytes == central.name().length;
    if (!sameKind || !local.equals(ByteBuffer.wrap(central.name()))) {
      throw slice.fail(
          Kind.BAD_ZIP, "the header of entry " + name + " is not that of its directory");
    }
    // With a descriptor behind the content, checksum and sizes of the header mean nothing.
    boolean sameContent =
        crc32 == central.crc32()
            && isSize(size, central.size())
            && isSize(packedSize, central.size());
    if ((flags & ZipFormat.FLAG_DESCRIPTOR) == 0 && !sameContent) {
      throw slice.fail(
          Kind.BAD_ZIP,
          "the header of entry " + name + " has another size or checksum than its directory");
    }
    return extraBytes;
  }

  /** A wrong length of the extra field would move the content without anybody noticing. */
  private void checkFields(String name, ByteBuffer extra) {
    while (extra.hasRemaining()) {
      int length = -1;
      if (extra.remaining() >= Integer.BYTES) {
        extra.getShort(); // id
        length = ZipEnd.u16(extra);
      }
      if (length < 0 || length > extra.remaining()) {
        throw slice.fail(Kind.BAD_ZIP, "the extra field of entry " + name + " is damaged");
      }
      extra.position(extra.position() + length);
    }
  }

  /** The descriptor right behind the content says where the content ends. */
  private void checkDescriptor(Central central, String name, long at) throws IOException {
    int bytes = (int) Math.min(ZipFormat.ZIP64_DESCRIPTOR_BYTES, dataEnd - at);
    ByteBuffer found = slice.read(at, bytes);
    ByteBuffer wide = descriptor(ZipFormat.ZIP64_DESCRIPTOR_BYTES, central.crc32());
    wide.putLong(central.size()).putLong(central.size());
    ByteBuffer narrow = descriptor(ZipFormat.DESCRIPTOR_BYTES, central.crc32());
    narrow.putInt((int) central.size()).putInt((int) central.size());
    boolean right =
        startsWith(found, wide) || central.size() <= ZipFormat.MAX_U32 && startsWith(found, narrow);
    if (!right) {
      throw slice.fail(
          Kind.BAD_ZIP, "no descriptor with its size and checksum follows entry " + name);
    }
  }

  private static ByteBuffer descriptor(int bytes, long crc32) {
    ByteBuffer descriptor = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return descriptor.putInt(ZipFormat.DESCRIPTOR_SIGNATURE).putInt((int) crc32);
  }

  private static boolean startsWith(ByteBuffer found, ByteBuffer expected) {
    return found.remaining() >= expected.capacity()
        && found.slice(0, expected.capacity()).equals(expected.flip());
  }

  private static boolean isSize(long inHeader, long size) {
    return inHeader == Math.min(size, ZipFormat.MAX_U32);
  }

  private String decode(byte[] name) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
    } catch (CharacterCodingException e) {
      throw TorchException.cannotRead(
          Kind.BAD_NAME, slice.path(), "the name of an entry is not UTF-8", e);
    }
  }

  private void checkOverlaps(List<ZipEntryInfo> entries) {
    List<ZipEntryInfo> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingLong(ZipEntryInfo::headerAt));
    for (int i = 1; i < sorted.size(); i++) {
      ZipEntryInfo before = sorted.get(i - 1);
      ZipEntryInfo entry = sorted.get(i);
      if (entry.headerAt() < before.end()) {
        throw slice.fail(
            Kind.OVERLAP,
            "entry "
                + PickleText.shorten(entry.name())
                + " begins at "
                + entry.headerAt()
                + ", inside entry "
                + PickleText.shorten(before.name())
                + ", which ends at "
                + before.end());
      }
    }
  }
}
