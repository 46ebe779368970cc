package io.sparkmm.train.launch;

import java.io.Serializable;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.plugin.PluginContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link WorkerTask} in a fresh thread and watches over it from the task's own thread, which
 * is the one that Spark interrupts.
 *
 * <p>Fresh, because native libraries keep state per thread and executors are used again. A failure
 * goes to the driver before anything is closed, so that the cause arrives before its consequences.
 */
final class WorkerRunner<R extends Serializable> {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerRunner.class);
  private static final Duration BEAT = Duration.ofSeconds(2);
  private static final long POLL_MILLIS = 50;
  private static final String DRIVER = "driver";

  /** Exit code of a process that was ended because its worker was stuck. */
  private static final int HUNG = 86;

  /** Exit code of a process that was ended because that alone frees its NPU. */
  private static final int RELEASED = 87;

  private final WorkerTask<R> task;
  private final String runId;
  private final WorkerContext context;
  private final PluginContext channel;
  private final AtomicReference<R> result = new AtomicReference<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  WorkerRunner(WorkerTask<R> task, String runId, WorkerContext context, PluginContext channel) {
    this.task = task;
    this.runId = runId;
    this.context = context;
    this.channel = channel;
  }

  /**
   * Runs the worker to its end.
   *
   * @param killed whether Spark wants the task to stop
   * @param settings how long things may take
   */
  R run(BooleanSupplier killed, BarrierFunction.BarrierSettings settings) {
    int rank = context.place().rank();
    WorkerReporter.ask(channel, new ProgressMessage.Joined(runId, context.place()));
    Thread thread = new Thread(this::work, "sparkmm-worker-" + rank);
    thread.setDaemon(true);
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    ScheduledExecutorService heart =
        Executors.newSingleThreadScheduledExecutor(
            action -> {
              Thread beating = new Thread(action, "sparkmm-heart-" + rank);
              beating.setDaemon(true);
              return beating;
            });
    heart.scheduleAtFixedRate(
        this::beatQuietly, BEAT.toMillis(), BEAT.toMillis(), TimeUnit.MILLISECONDS);
    try {
      thread.start();
      while (thread.isAlive()) {
        thread.join(POLL_MILLIS);
        if (killed.getAsBoolean()) {
          throw new InterruptedException("Spark stopped the task");
        }
      }
      if (failure.get() != null
          && FailureClass.origin(failure.get()) == WorkerFailure.Origin.PEER) {
        // Spark ends all tasks when this one fails; the peer that caused it must be heard first.
        Thread.sleep(settings.patience().cause().toMillis());
      }
    } catch (InterruptedException e) {
      end(thread, settings.patience().end());
      throw new LaunchException(
          LaunchException.Kind.CANCELLED, "Rank " + rank + " was told to stop", e);
    } finally {
      heart.shutdownNow();
      if (settings.npus() && result.get() == null) {
        release();
      }
    }
    Throwable error = failure.get();
    if (error != null) {
      throw new LaunchException(
          LaunchException.Kind.WORKER, "Rank " + rank + " failed: " + error, error);
    }
    return result.get();
  }

  private void work() {
    try {
      R value = task.run(context);
      result.set(value);
      WorkerReporter.ask(channel, new ProgressMessage.Done(runId, context.place().rank(), value));
    } catch (Throwable e) {
      failure.set(e);
      tellDriver(e);
    } finally {
      context.closeAll();
    }
  }

  private void tellDriver(Throwable error) {
    if (context.aborted()) {
      LOG.debug("Rank {} ended", context.place().rank(), error);
      return;
    }
    WorkerPlace place = context.place();
    WorkerFailure told =
        new WorkerFailure(
            FailureClass.origin(error),
            FailureClass.kind(error),
            place.rank(),
            place.partition(),
            place.host(),
            place.executorId(),
            context.report().currentPhase(),
            context.report().currentStep(),
            FailureClass.repeats(error),
            RemoteError.of(error));
    try {
      WorkerReporter.ask(channel, new ProgressMessage.Failed(runId, told));
    } catch (RuntimeException e) {
      // The task fails with the error all the same, so the driver gets to know it later.
      error.addSuppressed(e);
    }
  }

  private void end(Thread thread, Duration grace) {
    context.abort();
    thread.interrupt();
    try {
      thread.join(grace.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!thread.isAlive()) {
      return;
    }
    int rank = context.place().rank();
    if (SparkEnv.get().executorId().equals(DRIVER)) {
      LOG.warn("Rank {} did not end within {}; its thread is left in the driver", rank, grace);
      return;
    }
    // Native code hears no interrupt, and its threads would hold memory and ports of the next
    // attempt. Spark replaces the executor.
    LOG.error("Rank {} did not end within {}; its process ends", rank, grace);
    Runtime.getRuntime().halt(HUNG);
  }

  /**
   * Ends the process of a worker that failed: what is left of a broken communicator, or of a
   * runtime that cannot be started twice, would make the next attempt on this NPU fail. The driver
   * has been told why; Spark replaces the executor.
   */
  private void release() {
    if (SparkEnv.get().executorId().equals(DRIVER)) {
      return;
    }
    LOG.warn("Rank {}: its process ends, to free its NPU", context.place().rank());
    Runtime.getRuntime().halt(RELEASED);
  }

  private void beatQuietly() {
    try {
      context.report().beat();
    } catch (RuntimeException e) {
      LOG.debug("Rank {}: a beat was lost", context.place().rank(), e);
    }
  }
}
