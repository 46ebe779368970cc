package io.sparkmm.convert.execute;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Folders as maps from path to content, for comparing. */
final class Trees {

  private Trees() {}

  /** Every file below a folder, hidden ones left out, with a text of its bytes. */
  static SortedMap<String, String> visible(Path folder) {
    SortedMap<String, String> result = new TreeMap<>(all(folder));
    result.keySet().removeIf(path -> path.startsWith(".") || path.contains("/."));
    return result;
  }

  /** Every file and empty folder below a folder. */
  static SortedMap<String, String> all(Path folder) {
    SortedMap<String, String> result = new TreeMap<>();
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return result;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.toList()) {
        if (Files.isRegularFile(path)) {
          String name = folder.relativize(path).toString();
          result.put(
              name, java.util.Arrays.hashCode(Files.readAllBytes(path)) + ":" + Files.size(path));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return result;
  }
}
