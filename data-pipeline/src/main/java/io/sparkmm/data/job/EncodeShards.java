package io.sparkmm.data.job;

import io.sparkmm.data.shard.ShardPart;
import io.sparkmm.data.shard.ShardPartWriter;
import io.sparkmm.data.shard.ShardPool;
import io.sparkmm.data.shard.SourceOutcome;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.broadcast.Broadcast;

/** The work of one task: encodes the records of its shards, one after the other. */
final class EncodeShards implements VoidFunction<Iterator<ShardInput>> {
  private static final long serialVersionUID = 1L;

  private final ShardPool pool;
  private final Broadcast<EncodeContext> context;
  private final Broadcast<HadoopSettings> hadoop;
  private final RecordCounters counters;

  EncodeShards(
      ShardPool pool,
      Broadcast<EncodeContext> context,
      Broadcast<HadoopSettings> hadoop,
      RecordCounters counters) {
    this.pool = pool;
    this.context = context;
    this.hadoop = hadoop;
    this.counters = counters;
  }

  @Override
  public void call(Iterator<ShardInput> shards) throws IOException {
    Configuration configuration = hadoop.value().configuration();
    RecordEncoder encoder = new RecordEncoder(context.value(), configuration);
    while (shards.hasNext()) {
      ShardInput shard = shards.next();
      // An attempt that is repeated does not repeat what the one before has finished.
      Optional<ShardPart> finished = pool.finished(shard.key(), configuration);
      if (finished.isPresent()) {
        counters.skip(shard.chunk().records(), finished.get().rejected());
      } else {
        counters.settle(encode(shard, encoder, configuration).rejected());
      }
    }
  }

  private ShardPart encode(ShardInput shard, RecordEncoder encoder, Configuration configuration)
      throws IOException {
    try (JsonChunkReader records = new JsonChunkReader(shard.chunk(), configuration);
        ShardPartWriter writer = new ShardPartWriter(pool, shard.key(), configuration)) {
      RecordOutcomes outcomes = new RecordOutcomes(records, encoder, this::count);
      while (outcomes.hasNext()) {
        outcomes.next().writeTo(writer);
      }
      return writer.finish();
    }
  }

  private void count(SourceOutcome outcome) {
    stopIfKilled();
    counters.count(outcome);
  }

  /** Tasks are not interrupted, which some file systems cannot bear. */
  static void stopIfKilled() {
    if (TaskContext.get().isInterrupted()) {
      throw new TaskKilledException("the job has ended");
    }
  }
}
