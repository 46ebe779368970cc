package io.sparkmm.train.launch;

import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.BatchReader;
import io.sparkmm.train.input.HostBatch;

/** Batches that own the shards they come from. */
final class ShardBatches implements BatchIterator {
  private final BatchReader reader;
  private final ShardReader shards;

  ShardBatches(BatchReader reader, ShardReader shards) {
    this.reader = reader;
    this.shards = shards;
  }

  @Override
  public boolean hasNext() {
    return reader.hasNext();
  }

  @Override
  public HostBatch next() {
    return reader.next();
  }

  @Override
  public void close() {
    reader.close();
    shards.close();
  }
}
