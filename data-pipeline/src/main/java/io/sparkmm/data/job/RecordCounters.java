package io.sparkmm.data.job;

import io.sparkmm.data.shard.SourceOutcome;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Counts records while tasks run, for the progress display only: an attempt that is repeated counts
 * twice. The manifest's numbers come from the shards.
 *
 * @param records records that were read
 * @param rejects records that were left out
 */
record RecordCounters(LongAccumulator records, LongAccumulator rejects) implements Serializable {
  static final String RECORDS = "sparkmm.records";
  static final String REJECTS = "sparkmm.rejects";

  static RecordCounters register(SparkContext context) {
    return new RecordCounters(context.longAccumulator(RECORDS), context.longAccumulator(REJECTS));
  }

  void count(SourceOutcome outcome) {
    records.add(1);
    if (outcome instanceof SourceOutcome.Left) {
      rejects.add(1);
    }
  }
}
