package io.sparkmm.convert.verify;

import io.sparkmm.convert.ConvertException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Listings of folders, sorted. */
final class Names {

  private Names() {}

  /** Names in a folder, hidden ones left out; empty when it is no folder. */
  static List<String> in(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(folder)) {
      return paths
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw ConvertException.data("Cannot list " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Paths of all files below a folder, with {@code /}, hidden ones left out. */
  static List<String> below(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths
          .filter(Files::isRegularFile)
          .map(path -> folder.relativize(path).toString().replace('\\', '/'))
          .filter(path -> !path.startsWith(".") && !path.contains("/."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw ConvertException.data("Cannot list " + folder + ": " + e.getMessage(), e);
    }
  }
}
