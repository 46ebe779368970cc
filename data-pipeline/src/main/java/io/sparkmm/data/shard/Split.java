package io.sparkmm.data.shard;

import java.util.Locale;

/** The parts of a data set. */
public enum Split {
  /** Samples to train on. */
  TRAIN,
  /** Samples to measure with. */
  VAL;

  /** Name of the folder that holds the split's shards. */
  public String folder() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** File of a shard, below the data set's folder. */
  public String shardFile(int number) {
    return String.format(Locale.ROOT, "%s/part-%05d.parquet", folder(), number);
  }

  /** File of the rejects of a shard's records, below the data set's folder. */
  public String rejectsFile(int number) {
    return String.format(Locale.ROOT, "rejects/%s-%05d.jsonl", folder(), number);
  }
}
