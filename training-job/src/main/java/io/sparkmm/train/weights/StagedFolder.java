package io.sparkmm.train.weights;

import io.sparkmm.convert.safetensors.SafetensorsException;
import io.sparkmm.train.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder that appears as a whole or not at all. */
final class StagedFolder {
  /** Fills a folder. */
  @FunctionalInterface
  interface Content {
    /** Writes the files. */
    void write(Path folder) throws IOException;
  }

  private StagedFolder() {}

  /**
   * Makes a folder.
   *
   * @param folder must not exist, or be empty
   * @throws ModelException if it cannot be made
   */
  static void make(Path folder, Content content) {
    Path target = folder.toAbsolutePath();
    Path staging =
        target.resolveSibling("." + target.getFileName() + ".tmp-" + ProcessHandle.current().pid());
    try {
      refuseContent(target);
      Files.createDirectories(staging);
      try {
        content.write(staging);
        Files.deleteIfExists(target);
        Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        deleteTree(staging);
      }
    } catch (IOException | SafetensorsException e) {
      throw new ModelException(
          ModelException.Kind.IO, "Cannot save model to " + folder + ": " + e.getMessage(), e);
    }
  }

  private static void refuseContent(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> content = Files.list(folder)) {
      if (content.findAny().isPresent()) {
        throw new ModelException(
            ModelException.Kind.IO,
            "Cannot save model to " + folder + ": the folder is not empty; choose another one");
      }
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
