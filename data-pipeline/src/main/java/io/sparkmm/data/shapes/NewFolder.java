package io.sparkmm.data.shapes;

import io.sparkmm.data.sample.DataException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Makes a local folder that other processes see whole or not at all. */
final class NewFolder {
  /** Fills a folder with files. */
  interface Filler {
    void fill(Path folder) throws IOException;
  }

  private NewFolder() {}

  /**
   * Fills a hidden folder beside {@code folder} and gives it its name at the end; when something
   * fails, it is removed.
   *
   * @throws DataException if {@code folder} exists already
   */
  static void create(Path folder, Filler filler) throws IOException {
    requireAbsent(folder);
    Path parent = Files.createDirectories(folder.getParent());
    Path hidden = Files.createTempDirectory(parent, "." + folder.getFileName() + ".partial-");
    try {
      Path work = Files.createDirectory(hidden.resolve("content"));
      filler.fill(work);
      requireAbsent(folder);
      Files.move(work, folder);
    } catch (IOException | RuntimeException e) {
      try {
        delete(hidden);
      } catch (IOException cleanup) {
        e.addSuppressed(cleanup);
      }
      throw e;
    }
    delete(hidden);
  }

  private static void requireAbsent(Path folder) {
    if (Files.exists(folder)) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot write " + folder + ": it exists already; remove it or choose another folder");
    }
  }

  private static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
