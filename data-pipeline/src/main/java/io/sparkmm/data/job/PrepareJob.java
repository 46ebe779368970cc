package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.DatasetParam;
import io.sparkmm.data.encode.SampleStage;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardInfo;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardManifestParser;
import io.sparkmm.data.shard.ShardOutputFormat;
import io.sparkmm.data.shard.ShardPart;
import io.sparkmm.data.shard.ShardParts;
import io.sparkmm.data.shard.SourceOutcome;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.StagedOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the records that {@code data.json} names into a data set of shards.
 *
 * <p>Each shard is made by one task from a fixed run of source records, so the bytes of all files
 * depend on the inputs and settings only. The data set is written to a hidden folder and renamed at
 * the end.
 */
public final class PrepareJob {
  private static final Logger LOG = LoggerFactory.getLogger(PrepareJob.class);

  /** More tasks than this are not worth their overhead. */
  private static final int MAX_PARTITIONS = 10_000;

  private final JavaSparkContext spark;
  private final PrepareSettings settings;
  private final Configuration configuration;

  private PrepareJob(JavaSparkContext spark, PrepareSettings settings) {
    this.spark = Objects.requireNonNull(spark, "spark");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.configuration = new Configuration(spark.hadoopConfiguration());
    configuration.set("mapreduce.fileoutputcommitter.algorithm.version", "1");
    configuration.set("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");
  }

  /**
   * Prepares a data set.
   *
   * @return its manifest
   * @throws DataException if a setting is not supported, an input cannot be read, the output
   *     exists, or more records are rejected than allowed; then nothing is left behind
   */
  public static ShardManifest run(JavaSparkContext spark, PrepareSettings settings) {
    SupportedSettings.check(settings.data());
    return new PrepareJob(spark, settings).run();
  }

  private ShardManifest run() {
    DatasetParam dataset = settings.data().datasetParam();
    EncodeContext context = EncodeContext.of(settings);
    ShardOutputFormat.setKind(configuration, context.spec().stage().kind());
    // Settings that do not fit together fail here, not in each task.
    new RecordEncoder(context, configuration);
    try (StagedOutput output = StagedOutput.begin(settings.output(), configuration)) {
      PrepareInputs inputs =
          PrepareInputs.find(
              dataset.basicParameters(),
              context.source().attributes(),
              recordsPerShard(context.spec().stage()),
              configuration);
      Path content = new Path(output.staging(), "content");
      encode(inputs, context, content);
      ShardManifest manifest = manifest(content, context, inputs);
      RejectLimit.check(manifest, inputs, settings.options().sharding().maxRejectRate());
      BasicParameters basic = dataset.basicParameters();
      if (basic.valRate() > 0 && basic.valDataset().isEmpty()) {
        RandomSplit split =
            new RandomSplit(
                basic.valRate(),
                settings.options().seed(),
                settings.options().sharding().recordsPerShard());
        Path whole = content;
        content = new Path(output.staging(), "split");
        manifest = split.run(spark, configuration, whole, manifest, content);
      }
      ShardParts.delete(content, configuration);
      DataFiles.writeText(
          new Path(content, ShardManifest.FILE_NAME),
          ShardManifestParser.toJson(manifest),
          configuration);
      output.publish(content);
      return manifest;
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot write " + settings.output() + ": " + e.getMessage(),
          e);
    }
  }

  private int recordsPerShard(SampleStage stage) {
    int wanted = settings.options().sharding().recordsPerShard();
    int used = stage.recordsPerShard(wanted);
    if (used != wanted) {
      LOG.info(
          "Shards hold {} records instead of {}: windows of {} records are packed together, and"
              + " none lies in two shards",
          used,
          wanted,
          stage.window());
    }
    return used;
  }

  private void encode(PrepareInputs inputs, EncodeContext context, Path content) {
    int partitions =
        settings
            .options()
            .sharding()
            .partitions()
            .orElse(Math.min(MAX_PARTITIONS, inputs.shards().size()));
    RecordCounters counters = RecordCounters.register(spark.sc());
    spark.setJobDescription("prepare " + settings.output());
    ProgressPrinter printer = ProgressPrinter.start("prepare: records", inputs.records());
    TaskProgress progress = new TaskProgress(printer);
    spark.sc().addSparkListener(progress);
    try {
      EncodeShards encoder =
          new EncodeShards(
              spark.broadcast(context),
              spark.broadcast(new HadoopSettings(configuration)),
              counters);
      spark
          .parallelize(inputs.shards(), partitions)
          .mapPartitionsToPair(encoder)
          .saveAsNewAPIHadoopFile(
              content.toString(),
              ShardKey.class,
              SourceOutcome.class,
              ShardOutputFormat.class,
              configuration);
      printer.update(counters.records().sum(), counters.rejects().sum());
    } catch (Exception e) {
      // Scala throws SparkException without declaring it.
      throw JobFailures.explain("prepare " + settings.output(), e);
    } finally {
      spark.sc().removeSparkListener(progress);
      spark.setJobDescription(null);
      printer.close();
    }
  }

  private ShardManifest manifest(Path content, EncodeContext context, PrepareInputs inputs)
      throws IOException {
    Map<Split, List<ShardInfo>> shards = new EnumMap<>(Split.class);
    RejectSummary.Counter rejects = new RejectSummary.Counter();
    for (Split split : Split.values()) {
      List<ShardInfo> infos = new ArrayList<>();
      for (ShardPart part : ShardParts.read(content, split, configuration)) {
        infos.add(part.shard());
        part.rejects().forEach(rejects::add);
      }
      shards.put(split, infos);
    }
    return new ShardManifest(
        context.spec().stage().kind(),
        new ShardManifest.Origin(
            settings.data().datasetParam().basicParameters().template().orElseThrow(),
            context.tokenizer().fingerprint(),
            context.spec().pictures().fingerprint(),
            settings.options().seed(),
            RecordedSettings.of(settings, inputs.checksums())),
        shards,
        rejects.summaries());
  }
}
