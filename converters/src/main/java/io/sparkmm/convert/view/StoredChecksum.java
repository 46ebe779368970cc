package io.sparkmm.convert.view;

/**
 * A range of a file whose checksum the file tells, such as a record of an archive.
 *
 * @param begin absolute offset of the first byte
 * @param length number of bytes
 * @param crc32 CRC-32 as zip files have it
 */
public record StoredChecksum(long begin, long length, long crc32) {

  /**
   * @throws IllegalArgumentException when the range is negative or does not fit 63 bits
   */
  public StoredChecksum {
    if (begin < 0 || length < 0 || begin > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException("Cannot check " + length + " bytes at " + begin);
    }
  }

  /** Offset just past the last byte. */
  public long end() {
    return begin + length;
  }
}
