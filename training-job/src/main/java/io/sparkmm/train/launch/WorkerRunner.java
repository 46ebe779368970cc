package io.sparkmm.train.launch;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.loop.TrainingException;
import java.io.Serializable;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
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
      if (failure.get() != null && originOf(failure.get()) == WorkerFailure.Origin.PEER) {
        // Spark ends all tasks when this one fails; the peer that caused it must be heard first.
        Thread.sleep(settings.causeGrace().toMillis());
      }
    } catch (InterruptedException e) {
      end(thread, settings.endGrace());
      throw new LaunchException(
          LaunchException.Kind.CANCELLED, "Rank " + rank + " was told to stop", e);
    } finally {
      heart.shutdownNow();
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
      result.set(task.run(context));
      WorkerReporter.ask(channel, new ProgressMessage.Done(runId, context.place().rank()));
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
            originOf(error),
            kindOf(error),
            place.rank(),
            place.partition(),
            place.host(),
            place.executorId(),
            context.report().currentPhase(),
            context.report().currentStep(),
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
    if (thread.isAlive()) {
      LOG.warn("Rank {} did not end within {}; its thread is left", context.place().rank(), grace);
    }
  }

  private void beatQuietly() {
    try {
      context.report().beat();
    } catch (RuntimeException e) {
      LOG.debug("Rank {}: a beat was lost", context.place().rank(), e);
    }
  }

  /** A lost peer, or a loss of its that is no number, is a consequence; all else is a cause. */
  static WorkerFailure.Origin originOf(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      boolean ofPeer = e instanceof TrainingException training && training.ofPeer();
      if (e instanceof CollectiveException || ofPeer) {
        return WorkerFailure.Origin.PEER;
      }
    }
    return WorkerFailure.Origin.OWN;
  }

  static LaunchException.Kind kindOf(Throwable error) {
    return error instanceof LaunchException
        ? ((LaunchException) error).kind()
        : LaunchException.Kind.WORKER;
  }
}
