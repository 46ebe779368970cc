package io.sparkmm.convert.execute;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a failed execution leaves: complete files for the next run, and no half ones. */
final class Leftovers {

  private Leftovers() {}

  /**
   * Removes half files; when nothing is complete, the whole work folder.
   *
   * @return number of complete files that are kept
   */
  static int tidy(WorkFolder work) throws IOException {
    Optional<Journal> journal = Journal.read(work.journal());
    if (journal.isPresent() && journal.get().publication().isPresent()) {
      return journal.get().finished().size();
    }
    Set<Path> complete =
        journal.stream()
            .flatMap(found -> found.finished().stream())
            .map(file -> work.files().resolve(file.path()))
            .collect(Collectors.toSet());
    if (journal.isPresent()) {
      for (Path path : filesBelow(work.files())) {
        if (!complete.contains(path)) {
          Files.deleteIfExists(path);
        }
      }
    }
    boolean ours = journal.isPresent() || Disk.names(work.path()).equals(List.of(WorkFolder.LOCK));
    if (complete.isEmpty() && ours) {
      work.deleteWithParent();
    }
    return complete.size();
  }

  private static List<Path> filesBelow(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths
          .filter(Files::isRegularFile)
          .sorted(Comparator.comparing(Path::toString))
          .toList();
    }
  }
}
