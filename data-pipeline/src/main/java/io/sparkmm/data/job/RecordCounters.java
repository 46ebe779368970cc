package io.sparkmm.data.job;

import io.sparkmm.data.shard.SourceOutcome;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Counts records while tasks run. A repeated attempt counts again: who adds up has to take one
 * attempt of each task. The manifest's numbers come from the shards.
 *
 * @param records records that were read
 * @param rejects records that were left out
 * @param settled records that were left out of shards that are finished
 */
record RecordCounters(LongAccumulator records, LongAccumulator rejects, LongAccumulator settled)
    implements Serializable {
  static RecordCounters register(SparkContext context) {
    return new RecordCounters(
        context.longAccumulator("sparkmm.records"),
        context.longAccumulator("sparkmm.rejects"),
        context.longAccumulator("sparkmm.settled-rejects"));
  }

  void count(SourceOutcome outcome) {
    records.add(1);
    if (outcome instanceof SourceOutcome.Left) {
      rejects.add(1);
    }
  }

  /** A shard with this many rejects, whose records were counted one by one, is finished. */
  void settle(long rejected) {
    settled.add(rejected);
  }

  /** A shard was finished by an earlier attempt. */
  void skip(long read, long rejected) {
    records.add(read);
    rejects.add(rejected);
    settled.add(rejected);
  }
}
