package io.sparkmm.convert.torch;

import io.sparkmm.convert.pickle.PickleText;
import io.sparkmm.convert.torch.TorchException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/** The archive of a file of torch.save: its records, by their names below the common folder. */
final class TorchZip {

  static final String PICKLE = "data.pkl";
  static final String BYTE_ORDER = "byteorder";
  static final String VERSION = "version";
  static final String DATA = "data/";

  private static final List<String> VERSION_NAMES = List.of(VERSION, ".data/version");
  private static final int MAX_SMALL_BYTES = 64;
  private static final int MIN_VERSION = 1;
  private static final int MAX_VERSION = 10;
  private static final int BUFFER_BYTES = 1 << 20;

  private final ZipSlice slice;
  private final String prefix;
  private final Map<String, ZipEntryInfo> records = new LinkedHashMap<>();

  private TorchZip(ZipSlice slice, String prefix) {
    this.slice = slice;
    this.prefix = prefix;
  }

  static TorchZip read(ZipSlice slice) throws IOException {
    FileKind.requireZip(slice);
    List<ZipEntryInfo> entries = ZipDirectory.read(slice);
    int slash = entries.isEmpty() ? -1 : entries.get(0).name().indexOf('/');
    if (slash <= 0) {
      throw slice.fail(
          Kind.NOT_TORCH,
          "it is a zip archive without a common first folder, not a file of torch.save");
    }
    TorchZip zip = new TorchZip(slice, entries.get(0).name().substring(0, slash + 1));
    for (ZipEntryInfo entry : entries) {
      zip.add(entry);
    }
    zip.checkRecords();
    return zip;
  }

  private void add(ZipEntryInfo entry) {
    String name = entry.name();
    String shown = PickleText.shorten(name);
    if (name.indexOf('\\') >= 0 || name.chars().anyMatch(c -> c < ' ')) {
      throw slice.fail(Kind.BAD_NAME, "entry " + shown + " has a name that is no plain path");
    }
    for (String part : name.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw slice.fail(Kind.BAD_NAME, "entry " + shown + " has a name that is no plain path");
      }
    }
    if (!name.startsWith(prefix)) {
      throw slice.fail(
          Kind.BAD_NAME,
          "entry " + shown + " lies outside of the first folder " + PickleText.shorten(prefix));
    }
    if (records.put(name.substring(prefix.length()), entry) != null) {
      throw slice.fail(Kind.DUPLICATE_NAME, "entry " + shown + " stands twice");
    }
  }

  private void checkRecords() throws IOException {
    if (records().stream().anyMatch(record -> FileKind.isTorchScript(record.name()))) {
      throw FileKind.torchScript(slice);
    }
    if (!records.containsKey(PICKLE)) {
      throw slice.fail(Kind.NOT_TORCH, "it is a zip archive without " + PICKLE);
    }
    checkVersion();
    checkByteOrder();
  }

  private void checkVersion() throws IOException {
    Optional<ZipEntryInfo> record =
        VERSION_NAMES.stream().flatMap(name -> find(name).stream()).findFirst();
    if (record.isEmpty()) {
      throw slice.fail(Kind.MISSING_RECORD, "it has no record " + VERSION);
    }
    String text = smallText(record.get()).strip();
    if (!text.matches("[0-9]{1,9}")
        || Integer.parseInt(text) < MIN_VERSION
        || Integer.parseInt(text) > MAX_VERSION) {
      throw slice.fail(
          Kind.BAD_VERSION,
          "its format version is '"
              + PickleText.shorten(text)
              + "', known are "
              + MIN_VERSION
              + " to "
              + MAX_VERSION);
    }
  }

  private void checkByteOrder() throws IOException {
    Optional<ZipEntryInfo> record = find(BYTE_ORDER);
    if (record.isPresent()) {
      String order = smallText(record.get());
      if (!order.equals("little")) {
        throw slice.fail(
            Kind.BYTE_ORDER,
            "its byte order is '"
                + PickleText.shorten(order)
                + "', read are files of little-endian machines only");
      }
    }
  }

  private String smallText(ZipEntryInfo record) throws IOException {
    return new String(content(record, MAX_SMALL_BYTES), StandardCharsets.UTF_8);
  }

  /** The archive. */
  ZipSlice slice() {
    return slice;
  }

  /** The common folder of all entries, without the slash at its end. */
  String prefix() {
    return prefix.substring(0, prefix.length() - 1);
  }

  /** The record of this name below the common folder. */
  Optional<ZipEntryInfo> find(String name) {
    return Optional.ofNullable(records.get(name));
  }

  /** All records in the order of the directory. */
  List<ZipEntryInfo> records() {
    return new ArrayList<>(records.values());
  }

  /** The bytes of a record, compared with its checksum. */
  byte[] content(ZipEntryInfo record, long maxBytes) throws IOException {
    if (record.size() > maxBytes) {
      throw slice.fail(
          Kind.TOO_LARGE,
          "record "
              + PickleText.shorten(record.name())
              + " has "
              + record.size()
              + " bytes, accepted are "
              + maxBytes);
    }
    byte[] bytes = slice.read(record.position(), (int) record.size()).array();
    CRC32 crc32 = new CRC32();
    crc32.update(bytes);
    checkCrc(record, crc32.getValue());
    return bytes;
  }

  /** Reads a record of any size and compares it with its checksum. */
  void verify(ZipEntryInfo record) throws IOException {
    CRC32 crc32 = new CRC32();
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, record.size()));
    for (long done = 0; done < record.size(); done += buffer.limit()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), record.size() - done));
      slice.readFully(record.position() + done, buffer);
      crc32.update(buffer.flip());
    }
    checkCrc(record, crc32.getValue());
  }

  private void checkCrc(ZipEntryInfo record, long actual) {
    if (record.crc32() != 0 && record.crc32() != actual) {
      throw slice.fail(
          Kind.CHECKSUM,
          String.format(
              Locale.ROOT,
              "record %s has checksum %08x, its directory says %08x; it was damaged",
              PickleText.shorten(record.name()),
              actual,
              record.crc32()));
    }
  }
}
