package io.sparkmm.convert.view;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.manifest.Crc32;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * A range of a file whose checksum is summed up from the parts that are read of it, in any order
 * and any number of times.
 */
final class SummedRange {

  private final StoredTensor tensor;
  private final StoredChecksum expected;

  /** By their begin, the parts that were read; neighbours are joined. */
  private final TreeMap<Long, Part> parts = new TreeMap<>();

  private record Part(long end, long crc32) {}

  /**
   * @param tensor a tensor in the range, for messages
   * @param expected what the file tells
   */
  SummedRange(StoredTensor tensor, StoredChecksum expected) {
    this.tensor = tensor;
    this.expected = expected;
  }

  StoredChecksum expected() {
    return expected;
  }

  Path file() {
    return tensor.file();
  }

  /**
   * Takes note of bytes that were read; those known before are not summed up again.
   *
   * @param bytes the bytes from {@code position} of the file on, of which those in the range count
   */
  synchronized void add(long position, ByteBuffer bytes) {
    long end = Math.min(expected.end(), position + bytes.remaining());
    long at = Math.max(expected.begin(), position);
    while (at < end) {
      Map.Entry<Long, Part> before = parts.floorEntry(at);
      if (before != null && before.getValue().end() > at) {
        at = before.getValue().end();
        continue;
      }
      Long next = parts.higherKey(at);
      long stop = next == null ? end : Math.min(end, next);
      CRC32 crc = new CRC32();
      crc.update(bytes.slice(bytes.position() + (int) (at - position), (int) (stop - at)));
      put(at, stop, crc.getValue());
      at = stop;
    }
  }

  private void put(long begin, long end, long crc32) {
    long from = begin;
    Part part = new Part(end, crc32);
    Map.Entry<Long, Part> before = parts.floorEntry(begin);
    if (before != null && before.getValue().end() == begin) {
      from = before.getKey();
      part = joined(before.getValue(), begin, part);
    }
    Part after = parts.remove(end);
    parts.put(from, after == null ? part : joined(part, end, after));
  }

  private static Part joined(Part first, long middle, Part second) {
    return new Part(
        second.end(), Crc32.combine(first.crc32(), second.crc32(), second.end() - middle));
  }

  /**
   * Reads what was not read yet and compares.
   *
   * @param files where reading is noted here again
   * @param buffer to read into
   * @throws ConvertException of kind DATA when the sums differ
   */
  void verify(SourceFiles files, ByteBuffer buffer) {
    long at = firstGap(expected.begin());
    while (at < expected.end()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), expected.end() - at));
      files.read(file(), at, buffer);
      at = firstGap(at);
    }
    long actual = sum();
    if (actual != expected.crc32()) {
      throw ConvertException.data(
          String.format(
              Locale.ROOT,
              "Cannot read %s: the bytes of tensor %s have checksum %08x, the file says %08x; it"
                  + " was damaged",
              file(),
              tensor.spec().name(),
              actual,
              expected.crc32()));
    }
  }

  private synchronized long firstGap(long from) {
    Map.Entry<Long, Part> before = parts.floorEntry(from);
    return before == null ? from : Math.max(from, before.getValue().end());
  }

  private synchronized long sum() {
    return parts.isEmpty() ? 0 : parts.firstEntry().getValue().crc32();
  }
}
