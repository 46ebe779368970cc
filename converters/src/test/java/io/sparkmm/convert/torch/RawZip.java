package io.sparkmm.convert.torch;

import io.sparkmm.convert.pickle.PickleDict;
import io.sparkmm.convert.pickle.PickleWriter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** Puts archives together by hand, wrong ones as well, without the code under test. */
final class RawZip {

  /** The numbers of one entry, each of which a test may falsify. */
  static final class Entry {
    byte[] name;
    byte[] content;
    byte[] localName;
    int flags;
    int localFlags;
    int method;
    long crc;
    long localCrc;
    long size;
    long packedSize;
    long localSize;
    long headerAt = -1;
    byte[] extra = {};
    byte[] localExtra = {};
    boolean before;
  }

  private final List<Entry> entries = new ArrayList<>();
  int countHere = -1;
  int count = -1;
  long directoryAt = -1;
  long directorySize = -1;
  byte[] beforeEnd = {};
  byte[] comment = {};
  byte[] afterEntries = {};

  /** An archive that is right and holds an empty dict. */
  static RawZip right() {
    RawZip zip = new RawZip();
    zip.add("x/data.pkl", PickleWriter.write(PickleDict.of(Map.of())));
    zip.add("x/version", "3\n");
    return zip;
  }

  Entry add(String name, String content) {
    return add(name, content.getBytes(StandardCharsets.ISO_8859_1));
  }

  Entry add(String name, byte[] content) {
    Entry entry = new Entry();
    entry.name = name.getBytes(StandardCharsets.UTF_8);
    entry.localName = entry.name;
    entry.content = content;
    CRC32 crc32 = new CRC32();
    crc32.update(content);
    entry.crc = crc32.getValue();
    entry.localCrc = entry.crc;
    entry.size = content.length;
    entry.packedSize = content.length;
    entry.localSize = content.length;
    entries.add(entry);
    return entry;
  }

  Entry entry(int index) {
    return entries.get(index);
  }

  byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<Entry> inOrder = new ArrayList<>(entries);
    inOrder.sort(Comparator.comparing(entry -> !entry.before));
    for (Entry entry : inOrder) {
      if (entry.headerAt < 0) {
        entry.headerAt = out.size();
        out.writeBytes(local(entry));
      }
    }
    out.writeBytes(afterEntries);
    long at = directoryAt < 0 ? out.size() : directoryAt;
    int start = out.size();
    entries.forEach(entry -> out.writeBytes(central(entry)));
    long size = directorySize < 0 ? out.size() - start : directorySize;
    out.writeBytes(beforeEnd);
    ByteBuffer end = buffer(22 + comment.length);
    end.putInt(0x06054b50).putInt(0);
    end.putShort((short) (countHere < 0 ? entries.size() : countHere));
    end.putShort((short) (count < 0 ? entries.size() : count));
    end.putInt((int) size).putInt((int) at).putShort((short) comment.length).put(comment);
    out.writeBytes(end.array());
    return out.toByteArray();
  }

  static byte[] local(Entry entry) {
    ByteBuffer out =
        buffer(30 + entry.localName.length + entry.localExtra.length + entry.content.length);
    out.putInt(0x04034b50).putShort((short) 0).putShort((short) entry.localFlags);
    out.putShort((short) entry.method).putInt(0).putInt((int) entry.localCrc);
    out.putInt((int) entry.localSize).putInt((int) entry.localSize);
    out.putShort((short) entry.localName.length).putShort((short) entry.localExtra.length);
    out.put(entry.localName).put(entry.localExtra).put(entry.content);
    return out.array();
  }

  private static byte[] central(Entry entry) {
    ByteBuffer out = buffer(46 + entry.name.length + entry.extra.length);
    out.putInt(0x02014b50).putInt(0).putShort((short) entry.flags);
    out.putShort((short) entry.method).putInt(0).putInt((int) entry.crc);
    out.putInt((int) entry.packedSize).putInt((int) entry.size);
    out.putShort((short) entry.name.length).putShort((short) entry.extra.length);
    out.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0);
    out.putInt((int) entry.headerAt).put(entry.name).put(entry.extra);
    return out.array();
  }

  /** A zip64 end record and its locator. */
  static byte[] zip64End(long recordAt, long entries, long size, long position) {
    ByteBuffer out = buffer(56 + 20);
    out.putInt(0x06064b50).putLong(44).putInt(0).putInt(0).putInt(0);
    out.putLong(entries).putLong(entries).putLong(size).putLong(position);
    out.putInt(0x07064b50).putInt(0).putLong(recordAt).putInt(1);
    return out.array();
  }

  /** A zip64 extra field. */
  static byte[] zip64Extra(long... numbers) {
    ByteBuffer out = buffer(4 + 8 * numbers.length);
    out.putShort((short) 1).putShort((short) (8 * numbers.length));
    for (long number : numbers) {
      out.putLong(number);
    }
    return out.array();
  }

  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
