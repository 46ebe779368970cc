package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.DataSetPublisher;
import io.sparkmm.data.shard.DataSetVersions;
import io.sparkmm.data.shard.Lineage;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardPool;
import io.sparkmm.data.shard.ShardStaging;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the records that {@code data.json} names into a data set of shards, or adds the new ones to
 * it.
 *
 * <p>Each shard is made by one task from a fixed run of source records, so the bytes of all files
 * depend on the inputs and settings only. Shards are collected in a hidden folder, which a run that
 * was killed leaves to the next one, and become visible all at once.
 */
public final class PrepareJob {
  private static final Logger LOG = LoggerFactory.getLogger(PrepareJob.class);

  private final Supplier<JavaSparkContext> spark;
  private final PrepareSettings settings;
  private final Configuration configuration;

  private PrepareJob(
      Supplier<JavaSparkContext> spark, PrepareSettings settings, Configuration configuration) {
    this.spark = Objects.requireNonNull(spark, "spark");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.configuration = new Configuration(configuration);
  }

  /**
   * Prepares a data set.
   *
   * @return its manifest
   * @throws DataException if a setting is not supported, an input cannot be read, there is another
   *     data set, or more records are rejected than allowed; then nothing becomes visible
   */
  public static ShardManifest run(JavaSparkContext spark, PrepareSettings settings) {
    return run(() -> spark, settings, spark.hadoopConfiguration()).manifest();
  }

  /**
   * Prepares a data set.
   *
   * @param spark is asked only if there is something to do
   * @param configuration how to reach file systems
   * @throws DataException as above
   */
  public static PrepareResult run(
      Supplier<JavaSparkContext> spark, PrepareSettings settings, Configuration configuration) {
    SupportedSettings.check(settings);
    return new PrepareJob(spark, settings, configuration).run();
  }

  private PrepareResult run() {
    EncodeContext context = EncodeContext.of(settings);
    try {
      PrepareDecision decision = new PreparePlanner(settings, context, configuration).decide();
      if (decision instanceof PrepareDecision.UpToDate done) {
        return new PrepareResult(PrepareResult.Outcome.UP_TO_DATE, done.manifest(), done.notes());
      }
      PrepareDecision.Work work = (PrepareDecision.Work) decision;
      // Settings that do not fit together fail here, not in each task.
      new RecordEncoder(context, configuration);
      return make(work.plan(), context, work.notes());
    } catch (IOException | IllegalArgumentException e) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot write " + settings.output() + ": " + e.getMessage(),
          e);
    }
  }

  private PrepareResult make(PreparePlan plan, EncodeContext context, List<String> notes)
      throws IOException {
    Path target = new Path(settings.output());
    try (ShardStaging staging = ShardStaging.open(target, plan.fingerprint(), configuration)) {
      boolean first;
      ShardManifest manifest;
      try {
        ShardPool pool = pool(staging, "content", plan);
        CollectedShards added = collect(staging, pool, plan, context);
        manifest = plan.manifest(added);
        if (manifest.rows(Split.TRAIN) == 0) {
          throw RejectLimit.nothingLeft(manifest.rejects());
        }
        plan.inputs().requireUnchanged(configuration);
        DataSetPublisher publisher = new DataSetPublisher(staging, configuration);
        first =
            plan.previous().isEmpty()
                ? publisher.create(pool, manifest)
                : publisher.append(pool, added.files(), manifest);
      } catch (DataException | IOException e) {
        Optional<ShardManifest> theirs = madeByOthers(target, plan);
        if (theirs.isPresent()) {
          LOG.info("Another run has completed the same: {}", e.getMessage());
          return new PrepareResult(PrepareResult.Outcome.UP_TO_DATE, theirs.get(), notes);
        }
        if (e instanceof DataException known && !mayBeContinued(known)) {
          staging.discard();
        }
        throw e;
      }
      PrepareResult.Outcome outcome =
          plan.previous().isEmpty() ? PrepareResult.Outcome.MADE : PrepareResult.Outcome.APPENDED;
      return new PrepareResult(first ? outcome : PrepareResult.Outcome.UP_TO_DATE, manifest, notes);
    }
  }

  /** Encodes, and splits if that is asked for. */
  private CollectedShards collect(
      ShardStaging staging, ShardPool pool, PreparePlan plan, EncodeContext context)
      throws IOException {
    BasicParameters basic = settings.data().datasetParam().basicParameters();
    boolean split = basic.valRate() > 0 && basic.valDataset().isEmpty();
    PrepareSettings.Sharding sharding = settings.options().sharding();
    OptionalInt partitions = sharding.partitions();
    RejectLimit limit = new RejectLimit(plan.inputs().records(), sharding.maxRejectRate());
    ShardPool encodedPool = split ? pool(staging, "encoded", plan) : pool;
    encodedPool.create(splits(plan.keys()), configuration);
    LOG.debug("Encoding for version {} of {}", plan.version(), settings.output());
    Broadcast<HadoopSettings> hadoop = spark.get().broadcast(new HadoopSettings(configuration));
    CollectedShards encoded =
        new EncodeStage(spark.get(), hadoop, context, partitions, limit)
            .run(encodedPool, plan.inputs(), "prepare " + settings.output());
    limit.check(encoded.rejects());
    if (!split) {
      return encoded;
    }
    if (encoded.samples() == 0 && plan.previous().isEmpty()) {
      throw RejectLimit.nothingLeft(encoded.rejects());
    }
    RandomSplit randomSplit = randomSplit(plan, Math.toIntExact(encoded.samples()), basic);
    pool.create(splits(randomSplit.keys()), configuration);
    CollectedShards both =
        new SplitStage(spark.get(), hadoop, partitions)
            .run(encoded, encodedPool, randomSplit, pool);
    for (String file : encoded.rejectsFiles()) {
      pool.copy(encodedPool, file, configuration);
    }
    both.addRejects(encoded);
    return both;
  }

  private RandomSplit randomSplit(PreparePlan plan, int samples, BasicParameters basic) {
    long earlier = plan.previous().map(ShardManifest::rows).orElse(0L);
    long earlierValidation = plan.previous().map(m -> m.rows(Split.VAL)).orElse(0L);
    int validation =
        RandomSplit.validationSize(basic.valRate(), samples, earlier, earlierValidation);
    return new RandomSplit(
        samples - validation,
        validation,
        settings.options().seed(),
        settings.options().sharding().recordsPerShard(),
        new RandomSplit.First(
            plan.previous().map(m -> m.shards(Split.TRAIN).size()).orElse(0),
            plan.previous().map(m -> m.shards(Split.VAL).size()).orElse(0)));
  }

  private static ShardPool pool(ShardStaging staging, String name, PreparePlan plan) {
    return plan.previous().isEmpty()
        ? staging.pool(name, plan.kind(), plan.naming())
        : staging.addition(name, plan.kind(), plan.naming());
  }

  private static Set<Split> splits(List<ShardKey> keys) {
    return keys.stream().map(ShardKey::split).collect(Collectors.toSet());
  }

  /** The version of the plan, if there is one by now. */
  private Optional<ShardManifest> madeByOthers(Path target, PreparePlan plan) throws IOException {
    if (!DataFiles.exists(new Path(target, ShardManifest.FILE_NAME), configuration)) {
      return Optional.empty();
    }
    ShardManifest current = DataSetVersions.current(target, configuration);
    List<Lineage.Addition> additions = current.lineage().additions();
    boolean same =
        additions.size() >= plan.version()
            && additions.get(plan.version() - 1).fingerprint().equals(plan.fingerprint());
    return same ? Optional.of(current) : Optional.empty();
  }

  /**
   * Whether what is finished is of use to the next run. After too many rejects it is not: pictures
   * that are mended must be looked at again.
   */
  private static boolean mayBeContinued(DataException failure) {
    return failure.kind() != DataException.Kind.SETTING && !(failure instanceof RejectedException);
  }
}
