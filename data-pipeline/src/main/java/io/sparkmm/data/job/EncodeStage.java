package io.sparkmm.data.job;

import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardPool;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Encodes all records with one Spark job; what an earlier run has finished is kept. */
final class EncodeStage {
  /** More tasks than this are not worth their overhead. */
  static final int MAX_PARTITIONS = 10_000;

  private final JavaSparkContext spark;
  private final Broadcast<HadoopSettings> hadoop;
  private final EncodeContext context;
  private final OptionalInt partitions;
  private final RejectLimit limit;

  EncodeStage(
      JavaSparkContext spark,
      Broadcast<HadoopSettings> hadoop,
      EncodeContext context,
      OptionalInt partitions,
      RejectLimit limit) {
    this.spark = spark;
    this.hadoop = hadoop;
    this.context = context;
    this.partitions = partitions;
    this.limit = limit;
  }

  /** Ends the job when so many records are left out that it has to fail. */
  private static final class Watch implements LongConsumer {
    private final RejectLimit limit;
    private final Runnable cancel;
    private volatile boolean exceeded;

    Watch(RejectLimit limit, Runnable cancel) {
      this.limit = limit;
      this.cancel = cancel;
    }

    @Override
    public void accept(long rejected) {
      if (!exceeded && limit.isExceededBy(rejected)) {
        exceeded = true;
        cancel.run();
      }
    }
  }

  /**
   * Encodes.
   *
   * @param pool where the shards go
   * @param inputs the records of each shard
   * @param label what is made, for messages
   * @throws io.sparkmm.data.sample.DataException if the job fails, or too many records are left
   *     out, which is noticed early
   */
  CollectedShards run(ShardPool pool, PrepareInputs inputs, String label) throws IOException {
    Configuration configuration = hadoop.value().configuration();
    List<ShardKey> keys = inputs.shards().stream().map(ShardInput::key).toList();
    Map<ShardKey, Long> kept =
        FinishedShards.find(spark, pool, keys, hadoop).stream()
            .collect(
                Collectors.toMap(FinishedShards.Finished::key, FinishedShards.Finished::rejected));
    List<ShardInput> left =
        inputs.shards().stream().filter(shard -> !kept.containsKey(shard.key())).toList();
    long keptRejects = kept.values().stream().mapToLong(Long::longValue).sum();
    long keptRecords =
        inputs.records() - left.stream().mapToLong(shard -> shard.chunk().records()).sum();
    TaskProgress.Counts before = new TaskProgress.Counts(keptRecords, keptRejects, keptRejects);
    // One of many jobs of this context; only this one is to be cancelled.
    String group = "sparkmm-prepare-" + UUID.randomUUID();
    Watch watch = new Watch(limit, () -> spark.sc().cancelJobGroup(group));
    watch.accept(keptRejects);
    if (!left.isEmpty() && !watch.exceeded) {
      encode(pool, left, new Run(group, label, inputs.records(), before), watch);
    }
    if (watch.exceeded) {
      throw limit.early(FinishedShards.collectFinished(pool, keys, configuration).rejects());
    }
    return FinishedShards.collect(pool, keys, configuration);
  }

  private record Run(String group, String label, long records, TaskProgress.Counts before) {}

  private void encode(ShardPool pool, List<ShardInput> shards, Run run, Watch watch) {
    RecordCounters counters = RecordCounters.register(spark.sc());
    ProgressPrinter printer = ProgressPrinter.start("prepare: records", run.records());
    TaskProgress progress = new TaskProgress(printer, counters, run.before(), watch);
    spark.setJobGroup(run.group(), run.label(), false);
    spark.sc().addSparkListener(progress);
    try {
      spark
          .parallelize(shards, partitions.orElse(Math.min(MAX_PARTITIONS, shards.size())))
          .foreachPartition(new EncodeShards(pool, spark.broadcast(context), hadoop, counters));
      printer.update(run.records(), run.before().rejects() + counters.rejects().sum());
    } catch (Exception e) {
      // Scala throws SparkException without declaring it.
      if (!watch.exceeded) {
        throw JobFailures.explain(run.label(), e);
      }
    } finally {
      spark.sc().removeSparkListener(progress);
      spark.clearJobGroup();
      printer.close();
    }
  }
}
