package io.sparkmm.train.launch;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;
import scala.reflect.ClassTag;

/**
 * Runs a {@link WorkerTask} on N workers at the same time, as a barrier stage of one Spark job. All
 * workers start together; when one fails, the others are ended within seconds and the driver's
 * exception names the first cause.
 *
 * <p>The barrier stage is followed by a shuffle into one partition, because Spark treats a barrier
 * stage that is the last of its job differently from others.
 */
public final class BarrierJob {
  private static final Logger LOG = LoggerFactory.getLogger(BarrierJob.class);
  private static final AtomicLong RUNS = new AtomicLong();
  private static final int PORT_TRIES = 3;
  private static final Duration END_MARGIN = Duration.ofSeconds(5);
  private static final long POLL_MILLIS = 200;
  private static final List<String> GROUP_PROPERTIES =
      List.of("spark.jobGroup.id", "spark.job.description", "spark.job.interruptOnCancel");

  private BarrierJob() {}

  /**
   * Runs the job to its end.
   *
   * @return the workers' results in rank order
   * @throws LaunchException when the application's settings do not allow it, there are too few
   *     slots, or a worker failed ({@link WorkerFailedException})
   */
  public static <R extends Serializable> List<R> run(
      JavaSparkContext spark,
      WorkerTask<R> task,
      BarrierOptions options,
      ProgressListener listener) {
    SparkSettings.check(spark.sc());
    checkLocalSlots(spark.sc(), options.workers());
    // Each try is a job with an id of its own, so that nothing of one reaches another.
    for (int attempt = 1; ; attempt++) {
      try {
        return runOnce(spark, task, options, listener);
      } catch (LaunchException e) {
        // Nothing has been trained yet and another free port will be picked.
        if (e.kind() != LaunchException.Kind.PORT_BUSY
            || options.masterPort().isPresent()
            || attempt == PORT_TRIES) {
          throw e;
        }
        LOG.info("The port that was free is taken now; trying another one", e);
      }
    }
  }

  private static <R extends Serializable> List<R> runOnce(
      JavaSparkContext spark,
      WorkerTask<R> task,
      BarrierOptions options,
      ProgressListener listener) {
    SparkContext context = spark.sc();
    String runId = context.applicationId() + "-" + RUNS.incrementAndGet();
    JobMonitor monitor =
        new JobMonitor(
            options.workers(), listener, () -> context.cancelJobGroup(runId), options.patience());
    StageWatcher watcher = new StageWatcher(runId, monitor);
    List<String> before = GROUP_PROPERTIES.stream().map(context::getLocalProperty).toList();
    ProgressPlugin.listen(runId, monitor);
    context.addSparkListener(watcher);
    try {
      spark.setJobGroup(runId, options.name(), true);
      List<WorkerResult<R>> results = new ArrayList<>(collect(spark, runId, task, options));
      if (monitor.listenerFailure().isPresent()) {
        throw monitor.listenerFailure().get();
      }
      results.sort(Comparator.comparingInt(WorkerResult::rank));
      return results.stream().map(WorkerResult::value).collect(Collectors.toUnmodifiableList());
    } catch (RuntimeException | ExecutionException e) {
      Optional<List<Serializable>> results = monitor.results();
      if (results.isPresent()) {
        LOG.info("All workers are done; what Spark lost afterwards does not matter", e);
        return unchecked(results.get());
      }
      if (DriverStop.inProgress()) {
        // Workers and their reports are lost because Spark stops: there is no cause to look for.
        throw DriverStop.explain(e);
      }
      LaunchException verdict = verdict(e, monitor, options.workers());
      awaitEnd(watcher, options);
      throw verdict;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LaunchException(
          LaunchException.Kind.CANCELLED, "The job was interrupted on the driver", e);
    } finally {
      for (int i = 0; i < before.size(); i++) {
        context.setLocalProperty(GROUP_PROPERTIES.get(i), before.get(i));
      }
      context.removeSparkListener(watcher);
      ProgressPlugin.forget(runId);
      monitor.close();
    }
  }

  private static <R extends Serializable> List<WorkerResult<R>> collect(
      JavaSparkContext spark, String runId, WorkerTask<R> task, BarrierOptions options)
      throws ExecutionException, InterruptedException {
    int workers = options.workers();
    List<Integer> ranks = IntStream.range(0, workers).boxed().toList();
    BarrierFunction<R> function =
        new BarrierFunction<>(
            runId,
            task,
            new BarrierFunction.BarrierSettings(
                options.masterPort().orElse(0), options.patience(), options.npus()));
    @SuppressWarnings("unchecked")
    Class<WorkerResult<R>> type = (Class<WorkerResult<R>>) (Class<?>) WorkerResult.class;
    ClassTag<WorkerResult<R>> tag = ClassTag.apply(type);
    RDD<WorkerResult<R>> stage =
        spark.parallelize(ranks, workers).rdd().barrier().mapPartitions(function, false, tag);
    JavaFutureAction<List<WorkerResult<R>>> results =
        JavaRDD.fromRDD(stage, tag)
            .mapToPair(result -> new Tuple2<>(result.rank(), result))
            .partitionBy(new HashPartitioner(1))
            .values()
            .collectAsync();
    while (true) {
      try {
        return results.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // A job that waits for slots is forgotten, not failed, when its application ends.
        if (spark.sc().isStopped()) {
          throw new IllegalStateException(
              "the Spark application has ended; see its log for what became of the executors", e);
        }
      } catch (InterruptedException e) {
        results.cancel(true);
        throw e;
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static <R extends Serializable> List<R> unchecked(List<Serializable> results) {
    return (List<R>) results;
  }

  private static void awaitEnd(StageWatcher watcher, BarrierOptions options) {
    try {
      // A worker that does not end has its process ended after the time for the end.
      Duration longest = options.patience().end().plus(END_MARGIN);
      if (!watcher.awaitEnd(longest)) {
        LOG.warn("Some workers did not end within {}", longest);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static LaunchException verdict(Exception failure, JobMonitor monitor, int workers) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (String.valueOf(e.getMessage()).contains("SPARK-24819")) {
        return new LaunchException(
            LaunchException.Kind.SLOTS,
            "Cannot start "
                + workers
                + " workers: the application has fewer free task slots (executors x cores per"
                + " executor / spark.task.cpus); ask for fewer workers or more executors",
            failure);
      }
    }
    return monitor.verdict(failure);
  }

  private static void checkLocalSlots(SparkContext context, int workers) {
    if (SparkSettings.isLocal(context.master())) {
      int slots = Slots.local(context);
      if (slots < workers) {
        throw new LaunchException(
            LaunchException.Kind.SLOTS,
            "Cannot start "
                + workers
                + " workers: master "
                + context.master()
                + " has "
                + slots
                + " task slots; ask for fewer workers or use --master local["
                + workers
                + "]");
      }
    }
  }
}
