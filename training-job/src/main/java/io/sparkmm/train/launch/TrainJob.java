package io.sparkmm.train.launch;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.conf.LoggingArguments;
import io.sparkmm.train.fault.FaultPlan;
import io.sparkmm.train.fault.FaultRecord;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Trains a model on a prepared data set: one Spark job of workers that run at the same time. The
 * application needs the settings of {@link SparkSettings#forTraining}.
 *
 * <p>With {@code --save FOLDER} the driver writes {@code FOLDER/metrics.jsonl}, {@code
 * FOLDER/workers.jsonl} and the page {@code FOLDER/report.html} while the job runs, and rank 0
 * writes {@code FOLDER/hf} at its end; on a cluster the folder has to be shared.
 */
public final class TrainJob {
  /** Name of the metrics file below the folder of {@code --save}. */
  public static final String METRICS_FILE = "metrics.jsonl";

  /**
   * Name of the file that tells where the workers' time goes, below the folder of {@code --save}.
   */
  public static final String WORKERS_FILE = "workers.jsonl";

  /** Name of the file with the restarts of a run, beside {@link #METRICS_FILE}. */
  public static final String RESTARTS_FILE = "restarts.jsonl";

  /** How long the end of the JVM waits for the record of a run whose driver is told to end. */
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

  private TrainJob() {}

  /**
   * Checks settings without Spark, for one worker where their number is not given.
   *
   * @throws ConfigException with everything that is wrong
   */
  public static void check(TrainSettings settings) {
    TrainPlanner.plan(settings, settings.configuration().worldSize(), new Configuration());
  }

  /** Trains, with log lines on standard output. */
  public static TrainJobResult run(SparkSession spark, TrainSettings settings) {
    return run(JavaSparkContext.fromSparkContext(spark.sparkContext()), settings, System.out);
  }

  /**
   * Trains.
   *
   * @param out gets a line every {@code --log-interval} iterations, and the summary
   * @throws ConfigException with everything that is wrong with the settings
   * @throws LaunchException when the job cannot start or has failed; see {@link
   *     WorkerFailedException}
   */
  public static TrainJobResult run(
      JavaSparkContext spark, TrainSettings settings, PrintStream out) {
    SparkSettings.check(spark.sc());
    int workers = workers(spark.sc(), settings);
    TrainPlan plan = TrainPlanner.plan(settings, workers, spark.hadoopConfiguration());
    Optional<Path> folder =
        settings.configuration().launch().checkpoint().save().map(Path::of).map(TrainJob::create);
    plan.checkpoints().prepare();
    Optional<Path> metrics = folder.map(path -> path.resolve(METRICS_FILE));
    SparkConf conf = spark.sc().getConf();
    BarrierOptions options =
        BarrierOptions.of("train " + plan.program().model().modelId(), workers)
            .withMasterPort(settings.masterPort())
            .withPatience(Survival.patience(conf, plan.timeout()))
            .withNpus(plan.devices().npus());
    NpuApplication.check(spark.sc(), plan.devices(), workers);
    FaultRecord faults = faults(spark.sc(), settings, plan, workers);
    LoggingArguments logging = settings.configuration().launch().logging();
    int interval = logging.logInterval();
    RunSinks sinks = RunSinks.open(logging, folder, FactsOfRun.of(plan, workers));
    List<TrainWorker.Done> done;
    List<String> summary;
    try (DriverStop stop = DriverStop.awaited(STOP_PATIENCE);
        TrainLog log = new TrainLog(out, interval, workers, sinks, faults)) {
      try {
        done =
            new RestartingJob<>(
                    spark,
                    new TrainAttempts(plan, interval, folder, faults),
                    options,
                    new RestartingJob.Limits(
                        settings.survival().maxRestarts(conf),
                        NpuApplication.coolDown(conf, plan.devices())),
                    log)
                .run();
      } catch (RuntimeException e) {
        log.failed(e);
        throw e;
      }
      log.done(done.get(0).iterations());
      summary = log.summary();
    }
    summary.forEach(out::println);
    return new TrainJobResult(
        folder.map(path -> path.resolve(TrainPlanner.EXPORT_FOLDER)).filter(Files::isDirectory),
        metrics.filter(Files::isRegularFile),
        workers,
        done.get(0).iterations(),
        done.get(0).consumedSamples(),
        summary);
  }

  private static FaultRecord faults(
      SparkContext context, TrainSettings settings, TrainPlan plan, int workers) {
    FaultPlan faults = settings.survival().faultPlan(context.getConf());
    if (faults.kills() && SparkSettings.isLocal(context.master())) {
      throw new LaunchException(
          LaunchException.Kind.SETTINGS,
          "Cannot kill workers of master "
              + context.master()
              + ": they are threads of the driver; use --master local-cluster[...], or throw in the"
              + " fault plan");
    }
    return new FaultRecord(faults.resolve(workers, plan.loop().iterations()));
  }

  private static boolean given(TrainSettings settings) {
    return settings.configuration().launch().launcher().hasWorkersPerNode()
        || settings.configuration().environment().npusPerNode().isPresent();
  }

  private static int workers(SparkContext context, TrainSettings settings) {
    if (given(settings)) {
      return settings.configuration().worldSize();
    }
    return Slots.promised(context)
        .orElseThrow(
            () ->
                new LaunchException(
                    LaunchException.Kind.SLOTS,
                    "Cannot tell how many workers to start: give --nproc_per_node and --nnodes, or"
                        + " set spark.executor.instances and spark.executor.cores"));
  }

  private static Path create(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new LaunchException(
          LaunchException.Kind.OUTPUT, "Cannot create the folder " + folder + ": " + e, e);
    }
  }
}
