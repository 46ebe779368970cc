package io.sparkmm.data.job;

import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.SourceOutcome;
import io.sparkmm.data.shard.Split;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.TaskCompletionListener;
import scala.Tuple2;

/** The work of one task: reads the samples of its shards in the order of the split. */
final class ReadSplit
    implements PairFlatMapFunction<Iterator<RandomSplit.Part>, ShardKey, SourceOutcome> {
  private static final long serialVersionUID = 1L;

  private final String folder;
  private final Broadcast<HadoopSettings> hadoop;

  ReadSplit(String folder, Broadcast<HadoopSettings> hadoop) {
    this.folder = folder;
    this.hadoop = hadoop;
  }

  @Override
  public Iterator<Tuple2<ShardKey, SourceOutcome>> call(Iterator<RandomSplit.Part> parts) {
    ShardReader reader = ShardReader.open(folder, Split.TRAIN, hadoop.value().configuration());
    TaskContext.get().addTaskCompletionListener((TaskCompletionListener) task -> reader.close());
    Iterable<RandomSplit.Part> all = () -> parts;
    return StreamSupport.stream(all.spliterator(), false)
        .flatMap(part -> outcomes(part, reader))
        .iterator();
  }

  private static Stream<Tuple2<ShardKey, SourceOutcome>> outcomes(
      RandomSplit.Part part, ShardReader reader) {
    IntStream samples = Arrays.stream(part.samples());
    return samples.mapToObj(
        index -> new Tuple2<>(part.key(), new SourceOutcome.Kept(reader.read(index))));
  }
}
