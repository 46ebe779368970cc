package io.sparkmm.data.shard;

import java.util.Locale;
import java.util.Objects;

/**
 * What a data set knows of a source file whose records it holds, so that a later run can tell
 * whether the file is the same, has grown, or is another.
 *
 * @param split part of the data set that the records went to
 * @param file path or URI as the configuration names it
 * @param layout how records stand in the file
 * @param records number of records
 * @param end position behind the last record
 * @param crc32c CRC-32C of the bytes before {@code end}
 */
public record SourceState(
    Split split, String file, Layout layout, long records, long end, long crc32c) {
  /** How records stand in a file. */
  public enum Layout {
    /** One JSON array. */
    ARRAY,
    /** One record a line. */
    LINES;

    /** The name in a manifest: lower case. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public SourceState {
    Objects.requireNonNull(split, "split");
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(layout, "layout");
    if (records < 0 || end < 0 || crc32c < 0 || crc32c > 0xffffffffL) {
      throw new IllegalArgumentException(
          "Cannot describe source "
              + file
              + ": records "
              + records
              + ", end "
              + end
              + ", CRC-32C "
              + crc32c);
    }
  }

  /** Whether both tell of the same file for the same split, whatever it holds. */
  public boolean isSameFile(SourceState other) {
    return split == other.split && file.equals(other.file);
  }

  /** The checksum as it is written: eight lower case hexadecimal digits. */
  public String crc32cHex() {
    return String.format(Locale.ROOT, "%08x", crc32c);
  }
}
