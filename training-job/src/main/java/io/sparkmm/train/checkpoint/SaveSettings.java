package io.sparkmm.train.checkpoint;

import java.io.Serializable;
import java.util.Objects;

/**
 * Where and when a run keeps its state.
 *
 * @param folder folder of the checkpoints, shared by all workers
 * @param interval iterations from one checkpoint to the next
 * @param background whether training goes on while files are written
 * @param contents what is kept besides the weights
 */
public record SaveSettings(String folder, int interval, boolean background, SaveContents contents)
    implements Serializable {
  public SaveSettings {
    Objects.requireNonNull(contents, "contents");
    if (folder.isEmpty() || interval < 1) {
      throw new IllegalArgumentException(
          "Cannot save in '" + folder + "' every " + interval + " iterations");
    }
  }
}
