package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.mm.Tracker;
import io.sparkmm.convert.plan.OutputFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder with checkpoints: {@code iter_0000500/} and so on, and the tracker file that names the
 * latest complete one. What is not complete has a name that begins with a dot.
 */
final class CheckpointFolder {
  private static final Pattern NAME = Pattern.compile("iter_([0-9]{7,18})");
  private static final String PARTIAL = ".partial";
  private static final String REPLACED = ".replaced";

  private final Path root;
  private final FileOps files;

  CheckpointFolder(Path root, FileOps files) {
    this.root = root;
    this.files = files;
  }

  Path root() {
    return root;
  }

  /** Where the checkpoint of an iteration appears. */
  Path iteration(long iteration) {
    return root.resolve(name(iteration));
  }

  /** Where the checkpoint of an iteration is made. */
  Path staging(long iteration, String attempt) {
    String plain = attempt.replaceAll("[^A-Za-z0-9-]", "_");
    return root.resolve("." + name(iteration) + "." + plain + PARTIAL);
  }

  private static String name(long iteration) {
    return String.format(Locale.ROOT, "iter_%07d", iteration);
  }

  /** What the tracker file says; empty when there is none. */
  Optional<String> tracked() throws IOException {
    Path tracker = root.resolve(OutputFolder.TRACKER);
    return Files.isRegularFile(tracker)
        ? Optional.of(Files.readString(tracker, StandardCharsets.UTF_8).strip())
        : Optional.empty();
  }

  /** The iteration that the tracker file names; 0 when there is none or it names no iteration. */
  long latest() throws IOException {
    return tracked().filter(text -> text.matches("[0-9]{1,18}")).map(Long::parseLong).orElse(0L);
  }

  /**
   * The folder of a checkpoint.
   *
   * @param wanted {@code release} or a number; empty for what the tracker file names
   * @throws CheckpointException of kind TRACKER naming the file and what it says
   */
  static Path find(Path root, Optional<String> wanted) {
    try {
      return Tracker.iteration(root, wanted);
    } catch (ConvertException e) {
      throw new CheckpointException(CheckpointException.Kind.TRACKER, e.getMessage(), e);
    }
  }

  /**
   * Makes a finished folder the checkpoint of an iteration, and the latest one. Whoever looks sees,
   * whatever happens meanwhile, a tracker file that names a complete checkpoint: the one before or
   * the new one.
   *
   * @param before iteration that the run began from; named by the tracker file while an older
   *     checkpoint of the same iteration is replaced
   */
  void publish(Path finished, long iteration, long before) throws IOException {
    Path target = iteration(iteration);
    Path old = root.resolve("." + name(iteration) + REPLACED);
    boolean replaces = Files.exists(target);
    if (replaces) {
      if (latest() == iteration) {
        forget(before);
      }
      files.delete(old);
      files.rename(target, old);
    }
    files.rename(finished, target);
    track(Long.toString(iteration));
    if (replaces) {
      files.delete(old);
    }
  }

  private void forget(long before) throws IOException {
    if (before > 0 && Files.isDirectory(iteration(before))) {
      track(Long.toString(before));
    } else {
      files.delete(root.resolve(OutputFolder.TRACKER));
    }
  }

  private void track(String text) throws IOException {
    files.writeFile(root.resolve(OutputFolder.TRACKER), text.getBytes(StandardCharsets.UTF_8));
  }

  /** Makes the folder and removes what runs that were stopped have left unfinished. */
  void prepare() throws IOException {
    files.createFolder(root);
    removeLeftovers();
  }

  /**
   * Makes the tracker file name an iteration that is there, so that a run that begins from it in
   * the same folder is not taken for one that has reached the latest one.
   */
  void rewind(long iteration) throws IOException {
    if (latest() != iteration) {
      track(Long.toString(iteration));
    }
  }

  /** Makes the tracker file name the newest checkpoint before an iteration, or go. */
  long giveUp(long latest, long begun) throws IOException {
    long before = begun;
    try (Stream<Path> content = Files.list(root)) {
      for (Path path : content.sorted().toList()) {
        Matcher name = NAME.matcher(path.getFileName().toString());
        if (name.matches()) {
          long iteration = Long.parseLong(name.group(1));
          before = iteration < latest ? Math.max(before, iteration) : before;
        }
      }
    }
    forget(before);
    return before;
  }

  private void removeLeftovers() throws IOException {
    List<Path> leftovers = new ArrayList<>();
    try (Stream<Path> content = Files.list(root)) {
      content
          .filter(path -> path.getFileName().toString().matches("\\.iter_[0-9]+\\..*"))
          .sorted()
          .forEach(leftovers::add);
    }
    for (Path leftover : leftovers) {
      String name = leftover.getFileName().toString();
      if (name.endsWith(PARTIAL) || name.endsWith(REPLACED)) {
        files.delete(leftover);
      }
    }
  }

  /** Removes an unfinished checkpoint. */
  void discard(Path staging) throws IOException {
    files.delete(staging);
  }
}
