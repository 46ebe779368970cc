package io.sparkmm.train.launch;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's view of one running job: who is where, and which failure was the first cause.
 *
 * <p>A worker's own failure is a cause and ends the job at once. A worker that reports a lost peer
 * may be the first to be heard although something else killed that peer; its word counts only when
 * no cause arrives within a grace time.
 */
final class JobMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JobMonitor.class);

  private final int workers;
  private final RankTable ranks;
  private final ProgressListener listener;
  private final Runnable cancel;
  private final Duration causeGrace;
  private final CountDownLatch searchEnded = new CountDownLatch(1);
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          action -> {
            Thread thread = new Thread(action, "sparkmm-job-monitor");
            thread.setDaemon(true);
            return thread;
          });

  private Optional<WorkerFailure> cause = Optional.empty();
  private Optional<WorkerFailure> consequence = Optional.empty();
  private Optional<RuntimeException> listenerFailure = Optional.empty();

  /**
   * Makes a monitor.
   *
   * @param workers number of ranks
   * @param cancel ends the Spark job; called at most once, on another thread
   */
  JobMonitor(int workers, ProgressListener listener, Runnable cancel, Duration causeGrace) {
    this.workers = workers;
    this.ranks = new RankTable(workers, System::nanoTime);
    this.listener = listener;
    this.cancel = cancel;
    this.causeGrace = causeGrace;
  }

  /** Takes a worker's message. */
  synchronized void accept(ProgressMessage message) {
    if (message instanceof ProgressMessage.Joined) {
      WorkerPlace place = ((ProgressMessage.Joined) message).place();
      ranks.joined(place);
      tell(() -> listener.joined(place));
    } else if (message instanceof ProgressMessage.Beat) {
      ProgressMessage.Beat beat = (ProgressMessage.Beat) message;
      ranks.seen(beat.rank(), beat.phase(), beat.step());
    } else if (message instanceof ProgressMessage.Iteration) {
      ProgressMessage.Iteration iteration = (ProgressMessage.Iteration) message;
      ranks.step(iteration.rank(), iteration.values().iteration());
      tell(() -> listener.iteration(iteration.values()));
    } else if (message instanceof ProgressMessage.Started) {
      tell(() -> listener.started(((ProgressMessage.Started) message).start()));
    } else if (message instanceof ProgressMessage.Times) {
      tell(() -> listener.times(((ProgressMessage.Times) message).times()));
    } else if (message instanceof ProgressMessage.Failed) {
      failed(((ProgressMessage.Failed) message).failure());
    } else if (message instanceof ProgressMessage.Done) {
      ranks.mark(((ProgressMessage.Done) message).rank(), "done");
    } else {
      throw new IllegalArgumentException("Cannot handle a " + message.getClass().getName());
    }
  }

  /**
   * Takes Spark's word that a task is gone.
   *
   * @param kind kind of the failure
   * @param partition partition of the task
   * @param host host and executor of the task
   */
  synchronized void taskLost(
      LaunchException.Kind kind, int partition, String host, String executorId, String reason) {
    int rank = ranks.rankOfPartition(partition);
    boolean reported =
        cause.isPresent() && cause.get().partition() == partition
            || consequence.isPresent() && consequence.get().partition() == partition;
    if (!reported) {
      LOG.debug("Spark lost the task of partition {}: {}", partition, reason);
      failed(
          new WorkerFailure(
              WorkerFailure.Origin.OWN,
              kind,
              rank,
              partition,
              host,
              executorId,
              ranks.phase(rank),
              ranks.step(rank),
              RemoteError.withoutStack(reason)));
    }
  }

  private void failed(WorkerFailure failure) {
    LOG.debug("Failure of {}", failure.worker(), failure.error());
    if (failure.origin() == WorkerFailure.Origin.OWN) {
      if (cause.isEmpty()) {
        cause = Optional.of(failure);
        ranks.seen(failure.rank(), "failed", failure.step());
        searchEnded.countDown();
        timer.execute(this::cancelOnce);
      }
    } else if (consequence.isEmpty()) {
      consequence = Optional.of(failure);
      ranks.seen(failure.rank(), "peer lost", failure.step());
      timer.schedule(this::giveUpSearch, causeGrace.toMillis(), TimeUnit.MILLISECONDS);
    } else {
      ranks.seen(failure.rank(), "peer lost", failure.step());
    }
  }

  /**
   * Why the job ended, to be asked when Spark has given it up. Waits a little for the cause, since
   * Spark's own events arrive late.
   *
   * @param sparkFailure what Spark said
   */
  LaunchException verdict(Exception sparkFailure) {
    try {
      if (!searchEnded.await(causeGrace.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.debug("No worker named a cause");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      if (listenerFailure.isPresent()) {
        RuntimeException error = listenerFailure.get();
        return error instanceof LaunchException
            ? (LaunchException) error
            : new LaunchException(
                LaunchException.Kind.OUTPUT, "Cannot record progress: " + error, error);
      }
      Optional<WorkerFailure> first = cause.isPresent() ? cause : consequence;
      if (first.isPresent()) {
        return new WorkerFailedException(first.get(), workers, ranks.render());
      }
      return new LaunchException(
          LaunchException.Kind.CANCELLED,
          "Cannot go on with "
              + workers
              + " workers: Spark ended the job: "
              + firstLine(sparkFailure),
          sparkFailure);
    }
  }

  private void tell(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      if (listenerFailure.isEmpty()) {
        listenerFailure = Optional.of(e);
        searchEnded.countDown();
        timer.execute(this::cancelOnce);
      }
    }
  }

  private void giveUpSearch() {
    searchEnded.countDown();
    cancelOnce();
  }

  private void cancelOnce() {
    if (cancelled.compareAndSet(false, true)) {
      cancel.run();
    }
  }

  private static String firstLine(Throwable error) {
    String text = String.valueOf(error.getMessage());
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  /** What the listener could not do with a message of a job that otherwise went well. */
  synchronized Optional<RuntimeException> listenerFailure() {
    return listenerFailure;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
