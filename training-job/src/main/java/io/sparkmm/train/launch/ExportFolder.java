package io.sparkmm.train.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The folder that a run exports to, as it is left by an attempt that failed. */
final class ExportFolder {
  private final Path folder;
  private final boolean existedBefore;

  /** Takes a folder, before the first attempt. */
  ExportFolder(Path folder) {
    this.folder = folder;
    this.existedBefore = Files.exists(folder);
  }

  /**
   * Removes what an earlier attempt of this run has exported, whole or in part: another attempt
   * exports again. What was there before the run stays.
   */
  void clear() {
    Path parent = folder.toAbsolutePath().getParent();
    if (!Files.isDirectory(parent)) {
      return;
    }
    List<Path> leftovers = new ArrayList<>();
    try {
      try (Stream<Path> content = Files.list(parent)) {
        content
            .filter(path -> path.getFileName().toString().startsWith(partialPrefix()))
            .sorted()
            .forEach(leftovers::add);
      }
      if (!existedBefore && Files.exists(folder)) {
        leftovers.add(folder);
      }
      for (Path leftover : leftovers) {
        delete(leftover);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot remove what is left of " + folder + ": " + e, e);
    }
  }

  /**
   * Gives what was there before the run another name, under which {@link #clear} removes it, so
   * that a run that goes on in its folder can export again.
   *
   * @return whether there was something
   */
  boolean setAside() {
    if (!existedBefore) {
      return false;
    }
    try {
      Path aside = folder.resolveSibling(partialPrefix() + "before");
      if (Files.exists(aside)) {
        delete(aside);
      }
      Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot replace " + folder + ": " + e, e);
    }
  }

  private String partialPrefix() {
    return "." + folder.getFileName() + ".tmp-";
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
