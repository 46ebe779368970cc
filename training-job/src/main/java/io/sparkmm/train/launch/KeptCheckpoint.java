package io.sparkmm.train.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The newest complete checkpoint below the folder of {@code --save}, as the driver sees it. */
final class KeptCheckpoint {
  private static final String TRACKER = "latest_checkpointed_iteration.txt";

  private static final String RELEASE = "release";

  private KeptCheckpoint() {}

  /**
   * Its iteration; 0 if there is none.
   *
   * @throws LaunchException if the tracker file cannot be read or holds no iteration
   */
  static long iteration(Optional<Path> save) {
    Optional<Path> tracker = save.map(folder -> folder.resolve(TRACKER)).filter(Files::exists);
    if (tracker.isEmpty()) {
      return 0;
    }
    try {
      String text = Files.readString(tracker.get()).strip();
      // Converted weights are no checkpoint of a run.
      return text.equals(RELEASE) ? 0 : Long.parseLong(text);
    } catch (IOException | NumberFormatException e) {
      throw new LaunchException(
          LaunchException.Kind.INPUT,
          "Cannot tell from " + tracker.get() + " where to go on: " + e.getMessage(),
          e);
    }
  }
}
