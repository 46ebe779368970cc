package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;

/** Says before the first byte is written that a disk is too small. */
final class FreeSpace {

  /** For folders, the journal and the manifest. */
  private static final long RESERVE = 1 << 20;

  private static final double GIGABYTE = 1e9;

  private FreeSpace() {}

  /**
   * Refuses to begin what does not fit.
   *
   * @param bytes still to be written
   * @throws ConvertException of kind DATA with both figures
   */
  static void check(WorkFolder work, long bytes) throws IOException {
    long usable = Files.getFileStore(work.path()).getUsableSpace();
    if (bytes > usable - RESERVE) {
      throw ConvertException.data(
          String.format(
              Locale.ROOT,
              "Cannot write %s: %.3f GB are to be written, %.3f GB are free there",
              work.target(),
              bytes / GIGABYTE,
              usable / GIGABYTE));
    }
  }
}
