package io.sparkmm.train.profile;

import java.io.Serializable;
import java.util.Objects;

/**
 * A record of memory over some iterations.
 *
 * @param startStep step that the record begins with; 0 is the building of the model, 1 the first
 *     iteration
 * @param endStep step before which the record is written and ends
 * @param folder where it is written
 * @param maxEntries longest history; the oldest entries are dropped
 */
public record MemorySettings(int startStep, int endStep, String folder, int maxEntries)
    implements Serializable {
  public MemorySettings {
    Objects.requireNonNull(folder, "folder");
    if (startStep < 0 || endStep <= startStep || maxEntries < 1) {
      throw new IllegalArgumentException(
          "Cannot record memory from step "
              + startStep
              + " to "
              + endStep
              + " in "
              + maxEntries
              + " entries");
    }
  }
}
