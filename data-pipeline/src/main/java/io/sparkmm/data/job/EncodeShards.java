package io.sparkmm.data.job;

import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.SourceOutcome;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.TaskCompletionListener;
import scala.Tuple2;

/** The work of one task: encodes the records of its shards, one after the other. */
final class EncodeShards
    implements PairFlatMapFunction<Iterator<ShardInput>, ShardKey, SourceOutcome> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<EncodeContext> context;
  private final Broadcast<HadoopSettings> hadoop;
  private final RecordCounters counters;

  EncodeShards(
      Broadcast<EncodeContext> context, Broadcast<HadoopSettings> hadoop, RecordCounters counters) {
    this.context = context;
    this.hadoop = hadoop;
    this.counters = counters;
  }

  @Override
  public Iterator<Tuple2<ShardKey, SourceOutcome>> call(Iterator<ShardInput> shards) {
    Configuration configuration = hadoop.value().configuration();
    return new Outcomes(
        shards, new RecordEncoder(context.value(), configuration), configuration, counters);
  }

  /** Goes through the shards; holds the file of one of them open. */
  private static final class Outcomes implements Iterator<Tuple2<ShardKey, SourceOutcome>> {
    private final Iterator<ShardInput> shards;
    private final RecordEncoder encoder;
    private final Configuration configuration;
    private final RecordCounters counters;
    private ShardKey key;
    private JsonChunkReader reader;
    private RecordOutcomes outcomes;

    Outcomes(
        Iterator<ShardInput> shards,
        RecordEncoder encoder,
        Configuration configuration,
        RecordCounters counters) {
      this.shards = shards;
      this.encoder = encoder;
      this.configuration = configuration;
      this.counters = counters;
      TaskContext.get().addTaskCompletionListener((TaskCompletionListener) task -> close());
    }

    @Override
    public boolean hasNext() {
      while (reader == null || !outcomes.hasNext()) {
        close();
        if (!shards.hasNext()) {
          return false;
        }
        ShardInput shard = shards.next();
        key = shard.key();
        reader = new JsonChunkReader(shard.chunk(), configuration);
        outcomes = new RecordOutcomes(reader, encoder, counters::count);
      }
      return true;
    }

    @Override
    public Tuple2<ShardKey, SourceOutcome> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return new Tuple2<>(key, outcomes.next());
    }

    private void close() {
      if (reader != null) {
        reader.close();
        reader = null;
      }
    }
  }
}
