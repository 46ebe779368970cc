package io.sparkmm.convert.dcp;

/**
 * Where the bytes of an item lie.
 *
 * @param file name of a file in the folder of the checkpoint
 * @param offset first byte
 * @param length number of bytes
 */
public record DcpPlace(String file, long offset, long length) {

  /**
   * @throws IllegalArgumentException when the file is not a plain name, or the range is negative or
   *     does not fit 63 bits
   */
  public DcpPlace {
    if (!isPlainName(file)) {
      throw new IllegalArgumentException("'" + file + "' is no name of a file in the same folder");
    }
    if (offset < 0 || length < 0 || offset > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          length + " bytes at " + offset + " are no range of a file");
    }
  }

  /** First byte past the item. */
  public long end() {
    return offset + length;
  }

  /** A name with a path in it could lead out of the folder. */
  private static boolean isPlainName(String file) {
    return !file.isEmpty()
        && !file.equals(".")
        && !file.equals("..")
        && file.chars().allMatch(c -> c >= ' ' && c != '/' && c != '\\' && c != ':' && c != 127);
  }
}
