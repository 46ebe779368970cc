package io.sparkmm.data.job;

import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.shard.Lineage;
import io.sparkmm.data.shard.SampleCodec;
import io.sparkmm.data.shard.ShardInfo;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardPartWriter;
import io.sparkmm.data.shard.ShardPool;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.SourceOutcome;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.TaskCompletionListener;
import scala.Tuple2;

/**
 * Distributes encoded samples over the shards of two parts with one shuffle: each encoded shard is
 * read once from its beginning to its end, and Spark sorts by the position in the permutation.
 */
final class SplitStage {
  /** A row group at a time is enough to read in order; a few more do no harm. */
  private static final long CACHE_BYTES = 16L << 20;

  private final JavaSparkContext spark;
  private final Broadcast<HadoopSettings> hadoop;
  private final OptionalInt partitions;

  SplitStage(JavaSparkContext spark, Broadcast<HadoopSettings> hadoop, OptionalInt partitions) {
    this.spark = spark;
    this.hadoop = hadoop;
    this.partitions = partitions;
  }

  /** An encoded shard and the number of its first sample over all of them. */
  private record Encoded(ShardInfo shard, long firstSample) implements Serializable {}

  /**
   * Splits.
   *
   * @param encoded what is in the pool of encoded shards
   * @param source pool of the encoded shards
   * @param target pool of the shards of both parts
   */
  CollectedShards run(
      CollectedShards encoded, ShardPool source, RandomSplit split, ShardPool target)
      throws IOException {
    List<ShardKey> keys = split.keys();
    Set<ShardKey> kept = new HashSet<>();
    FinishedShards.find(spark, target, keys, hadoop).forEach(shard -> kept.add(shard.key()));
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      if (!kept.contains(keys.get(i))) {
        left.add(i);
      }
    }
    if (!left.isEmpty()) {
      shuffle(encoded(encoded), source, split, target, left);
    }
    return FinishedShards.collect(target, keys, hadoop.value().configuration());
  }

  private static List<Encoded> encoded(CollectedShards shards) {
    List<Encoded> encoded = new ArrayList<>();
    long first = 0;
    for (ShardInfo shard : shards.shards().getOrDefault(Split.TRAIN, List.of())) {
      encoded.add(new Encoded(shard, first));
      first += shard.rows();
    }
    return encoded;
  }

  private void shuffle(
      List<Encoded> shards,
      ShardPool source,
      RandomSplit split,
      ShardPool target,
      List<Integer> left) {
    int most = Math.min(EncodeStage.MAX_PARTITIONS, partitions.orElse(left.size()));
    ByShard partitioner = new ByShard(split, left, Math.min(most, left.size()));
    Broadcast<int[]> positions = spark.broadcast(split.positions());
    Broadcast<HadoopSettings> settings = hadoop;
    spark.setJobDescription("split " + source.folder());
    try {
      spark
          .parallelize(shards, Math.min(EncodeStage.MAX_PARTITIONS, shards.size()))
          .flatMapToPair(
              shard ->
                  samples(shard, source, settings.value().configuration(), positions.value())
                      .filter(sample -> partitioner.isWanted(sample._1()))
                      .iterator())
          .repartitionAndSortWithinPartitions(partitioner)
          .foreachPartition(
              samples -> write(samples, split, target, settings.value().configuration()));
    } catch (Exception e) {
      // Scala throws SparkException without declaring it.
      throw JobFailures.explain("split " + source.folder(), e);
    } finally {
      positions.destroy();
      spark.setJobDescription(null);
    }
  }

  private static java.util.stream.Stream<Tuple2<Integer, byte[]>> samples(
      Encoded shard, ShardPool pool, Configuration configuration, int[] positions) {
    ShardReader reader =
        ShardReader.of(
            pool.content(),
            single(pool.kind(), shard.shard()),
            Split.TRAIN,
            configuration,
            CACHE_BYTES);
    TaskContext.get().addTaskCompletionListener((TaskCompletionListener) task -> reader.close());
    return LongStream.range(0, reader.size())
        .mapToObj(
            row ->
                new Tuple2<>(
                    positions[Math.toIntExact(shard.firstSample() + row)],
                    SampleCodec.encode(reader.read(row))));
  }

  private static ShardManifest single(SampleKind kind, ShardInfo shard) {
    return new ShardManifest(
        kind,
        new ShardManifest.Origin("", "", "", 0, new TreeMap<>()),
        Map.of(Split.TRAIN, List.of(shard)),
        List.of(),
        Lineage.UNKNOWN);
  }

  private static void write(
      Iterator<Tuple2<Integer, byte[]>> samples,
      RandomSplit split,
      ShardPool pool,
      Configuration configuration)
      throws IOException {
    List<ShardKey> keys = split.keys();
    if (!samples.hasNext()) {
      return;
    }
    Tuple2<Integer, byte[]> next = samples.next();
    while (next != null) {
      int shard = split.shard(next._1());
      try (ShardPartWriter writer = new ShardPartWriter(pool, keys.get(shard), configuration)) {
        while (next != null && split.shard(next._1()) == shard) {
          EncodeShards.stopIfKilled();
          new SourceOutcome.Kept(SampleCodec.decode(next._2())).writeTo(writer);
          next = samples.hasNext() ? samples.next() : null;
        }
        writer.finish();
      }
    }
  }

  /** Spreads the shards that are left evenly over the tasks. */
  private static final class ByShard extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final RandomSplit split;
    private final int[] partitions;
    private final int count;

    ByShard(RandomSplit split, List<Integer> left, int count) {
      this.split = split;
      this.count = count;
      this.partitions = new int[split.keys().size()];
      java.util.Arrays.fill(partitions, -1);
      for (int i = 0; i < left.size(); i++) {
        partitions[left.get(i)] = (int) ((long) i * count / left.size());
      }
    }

    boolean isWanted(int position) {
      return partitions[split.shard(position)] >= 0;
    }

    @Override
    public int numPartitions() {
      return count;
    }

    @Override
    public int getPartition(Object position) {
      return partitions[split.shard((Integer) position)];
    }
  }
}
