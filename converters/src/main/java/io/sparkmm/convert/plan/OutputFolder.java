package io.sparkmm.convert.plan;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the result of a conversion appears, whole or not at all.
 *
 * @param root the folder that the user named
 * @param iteration for checkpoints with a tracker file, the name of the iteration, such as {@code
 *     release}: files go to {@code <root>/<iteration>} and the tracker file, written last, says so;
 *     empty when the files go to the root itself
 */
public record OutputFolder(Path root, Optional<String> iteration) {

  /** The file in the root that names the iteration. */
  public static final String TRACKER = "latest_checkpointed_iteration.txt";

  /** The name that converted weights have instead of an iteration. */
  public static final String RELEASE = "release";

  /** {@code <root>/release} with a tracker file. */
  public static OutputFolder release(Path root) {
    return new OutputFolder(root, Optional.of(RELEASE));
  }

  /** The root itself. */
  public static OutputFolder plain(Path root) {
    return new OutputFolder(root, Optional.empty());
  }

  /** The folder that takes the files. */
  public Path files() {
    return iteration.map(root::resolve).orElse(root);
  }
}
