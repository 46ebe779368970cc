package io.sparkmm.data.shard;

import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;

/**
 * One shard file of a data set.
 *
 * @param file path below the data set's folder, with {@code /}
 * @param rows samples
 * @param tokens token ids of all samples
 * @param bytes length of the file
 * @param crc32c CRC-32C of the file
 */
public record ShardInfo(String file, long rows, long tokens, long bytes, long crc32c)
    implements Serializable {
  public ShardInfo {
    Objects.requireNonNull(file, "file");
    if (rows < 0 || tokens < 0 || bytes < 0 || crc32c < 0 || crc32c > 0xffffffffL) {
      throw new IllegalArgumentException(
          "Cannot describe shard "
              + file
              + ": rows "
              + rows
              + ", tokens "
              + tokens
              + ", bytes "
              + bytes
              + ", CRC-32C "
              + crc32c);
    }
  }

  /** The checksum as it is written: eight lower case hexadecimal digits. */
  public String crc32cHex() {
    return String.format(Locale.ROOT, "%08x", crc32c);
  }
}
