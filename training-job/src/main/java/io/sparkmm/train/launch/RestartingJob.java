package io.sparkmm.train.launch;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link BarrierJob} until it succeeds: when a worker is lost or fails, the workers that are
 * left are ended and a new attempt is made from what the run has kept.
 *
 * <p>An attempt is a Spark job of its own, submitted by the driver, and not a stage that Spark
 * starts again: only the driver can tell an error that would come again from one that may not,
 * count failures since the last progress instead of since the start, wait until nothing of the old
 * attempt runs any more, and give up waiting for executors that do not come back.
 */
final class RestartingJob<R extends Serializable> {
  private static final Logger LOG = LoggerFactory.getLogger(RestartingJob.class);
  private static final Duration PORT_WAIT = Duration.ofSeconds(60);
  private static final Duration PORT_PAUSE = Duration.ofSeconds(2);

  private final JavaSparkContext spark;
  private final Attempts<R> attempts;
  private final BarrierOptions options;
  private final Limits limits;
  private final ProgressListener listener;

  /**
   * What is attempted.
   *
   * @param <R> what a worker hands back
   */
  interface Attempts<R extends Serializable> {
    /** The work of one attempt, which goes on after {@code fromIteration} iterations. */
    WorkerTask<R> task(int attempt, long fromIteration);

    /** Iterations of the newest complete checkpoint that this run made; 0 if there is none. */
    long kept();

    /**
     * Lets go of the newest checkpoint, which an attempt after the first could not read.
     *
     * @return iterations of the checkpoint before it; 0 if there is none
     */
    long giveUp(long damaged);
  }

  /**
   * How failures are answered.
   *
   * @param maxRestarts attempts after failures in a row, without a new checkpoint between them
   * @param coolDown how long devices are left alone before another attempt; longer after a failure
   *     because one was still held, twice as long for each of them in a row, up to four times
   */
  record Limits(int maxRestarts, Duration coolDown) {
    private static final int LONGEST_SHIFT = 2;

    Limits {
      Objects.requireNonNull(coolDown, "coolDown");
    }

    /**
     * Time to wait after the last of some failures.
     *
     * @param failures kinds of the failures in a row, the last one at the end
     */
    Duration pauseAfter(List<LaunchException.Kind> failures) {
      int busy = 0;
      for (int i = failures.size() - 1; i >= 0; i--) {
        if (failures.get(i) != LaunchException.Kind.DEVICE_BUSY) {
          break;
        }
        busy++;
      }
      return coolDown.multipliedBy(1L << Math.min(LONGEST_SHIFT, Math.max(0, busy - 1)));
    }
  }

  /** Makes a job. */
  RestartingJob(
      JavaSparkContext spark,
      Attempts<R> attempts,
      BarrierOptions options,
      Limits limits,
      ProgressListener listener) {
    this.spark = Objects.requireNonNull(spark, "spark");
    this.attempts = Objects.requireNonNull(attempts, "attempts");
    this.options = Objects.requireNonNull(options, "options");
    this.limits = Objects.requireNonNull(limits, "limits");
    this.listener = Objects.requireNonNull(listener, "listener");
  }

  /**
   * Runs the job to its end.
   *
   * @return the workers' results in rank order
   * @throws LaunchException as {@link BarrierJob#run}, when another attempt would not help or there
   *     were too many
   */
  List<R> run() {
    List<WorkerFailedException> failures = new ArrayList<>();
    long kept = attempts.kept();
    for (int attempt = 1; ; attempt++) {
      try {
        return attempt(attempt, kept);
      } catch (WorkerFailedException e) {
        long now = attempts.kept();
        if (now > kept) {
          failures.clear();
        }
        kept = now;
        failures.add(e);
        boolean damaged = attempt > 1 && e.kind() == LaunchException.Kind.CHECKPOINT && kept > 0;
        requireHope(failures, damaged);
        if (damaged) {
          kept = attempts.giveUp(kept);
        }
      } catch (LaunchException e) {
        if (attempt > 1 && e.kind() == LaunchException.Kind.SLOTS) {
          throw new LaunchException(
              LaunchException.Kind.SLOTS,
              "Cannot start attempt "
                  + attempt
                  + ": lost executors were not replaced in time. "
                  + e.getMessage()
                  + ". The attempt before ended with: "
                  + failures.get(failures.size() - 1).getMessage(),
              e);
        }
        throw e;
      }
      Restart restart = new Restart(attempt + 1, kept, reason(failures.get(failures.size() - 1)));
      LOG.warn("{}", restart.line());
      listener.restarted(restart);
      pause(limits.pauseAfter(failures.stream().map(LaunchException::kind).toList()));
    }
  }

  private List<R> attempt(int attempt, long from) {
    long end = System.nanoTime() + PORT_WAIT.toNanos();
    while (true) {
      try {
        return BarrierJob.run(spark, attempts.task(attempt, from), options, listener);
      } catch (WorkerFailedException e) {
        // A fixed port may still be held by what is left of the attempt before.
        boolean busy = attempt > 1 && e.kind() == LaunchException.Kind.PORT_BUSY;
        if (!busy || System.nanoTime() > end) {
          throw e;
        }
        LOG.info("The port of the attempt before is not free yet", e);
        pause(PORT_PAUSE);
      }
    }
  }

  /**
   * Throws the failure that ends the run, if it does.
   *
   * @param damaged whether the newest of several checkpoints could not be read
   */
  private void requireHope(List<WorkerFailedException> failures, boolean damaged) {
    WorkerFailedException last = failures.get(failures.size() - 1);
    boolean local = SparkSettings.isLocal(spark.sc().master());
    if (last.repeats() && !damaged || last.kind() == LaunchException.Kind.PORT_BUSY) {
      throw last;
    }
    if (local && last.kind() == LaunchException.Kind.STALLED) {
      // The stuck thread lives on in the driver and would disturb the next attempt.
      throw last;
    }
    if (limits.maxRestarts() == 0) {
      throw last;
    }
    if (failures.size() > 1) {
      WorkerFailedException before = failures.get(failures.size() - 2);
      if (last.isSameAs(before)) {
        throw last.finallyAfter(
            failures.size(), "the same failure came again, so another attempt would not help");
      }
    }
    if (failures.size() > limits.maxRestarts()) {
      throw last.finallyAfter(
          failures.size(),
          limits.maxRestarts()
              + " restarts ("
              + Survival.MAX_RESTARTS
              + ") brought no new checkpoint; the first of these failures was: "
              + reason(failures.get(0)));
    }
  }

  private static String reason(WorkerFailedException failure) {
    return failure.story();
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LaunchException(
          LaunchException.Kind.CANCELLED, "The job was interrupted on the driver", e);
    }
  }
}
