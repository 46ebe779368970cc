package io.sparkmm.data.job;

import io.sparkmm.data.shard.ShardManifest;
import java.util.List;

/** What a preparation has to do, as it is decided without Spark. */
sealed interface PrepareDecision {
  /** What to tell besides. */
  List<String> notes();

  /** The data set is what is asked for. */
  record UpToDate(ShardManifest manifest, List<String> notes) implements PrepareDecision {
    public UpToDate {
      notes = List.copyOf(notes);
    }
  }

  /** There is work. */
  record Work(PreparePlan plan, List<String> notes) implements PrepareDecision {
    public Work {
      notes = List.copyOf(notes);
    }
  }
}
