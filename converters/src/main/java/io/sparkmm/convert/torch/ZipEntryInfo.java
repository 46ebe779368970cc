package io.sparkmm.convert.torch;

/**
 * An entry of an archive whose bytes are stored as they are.
 *
 * @param name full name, with the common first folder
 * @param headerAt position in the archive of the local header
 * @param position position in the archive of the first byte of the content
 * @param size bytes of the content
 * @param crc32 checksum by the directory; 0 also where the writer left it out
 */
record ZipEntryInfo(String name, long headerAt, long position, long size, long crc32) {

  /** Position just past the content. */
  long end() {
    return position + size;
  }
}
