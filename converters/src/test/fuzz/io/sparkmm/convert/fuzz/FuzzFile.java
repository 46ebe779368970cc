package io.sparkmm.convert.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One file that takes the input of each run, for readers that want a file. */
final class FuzzFile {

  private static final Path PATH = create();

  private FuzzFile() {}

  private static Path create() {
    try {
      Path path = Files.createTempFile("fuzz", ".bin");
      path.toFile().deleteOnExit();
      return path;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path of(byte[] bytes) {
    try {
      return Files.write(PATH, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
