package io.sparkmm.data.job;

import io.sparkmm.data.shard.ShardManifest;
import java.util.List;
import java.util.Objects;

/**
 * What a preparation did.
 *
 * @param outcome in one word
 * @param manifest the data set's newest version
 * @param notes what to tell besides, one sentence each
 */
public record PrepareResult(Outcome outcome, ShardManifest manifest, List<String> notes) {
  /** What a preparation can have done. */
  public enum Outcome {
    /** It has made a data set. */
    MADE,
    /** It has added a version to a data set. */
    APPENDED,
    /** Nothing: the data set is what was asked for. */
    UP_TO_DATE
  }

  public PrepareResult {
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(manifest, "manifest");
    notes = List.copyOf(notes);
  }
}
