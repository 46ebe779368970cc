package io.sparkmm.train.launch;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's view of one running attempt: who is where, who makes no progress, and which failure
 * was the first cause.
 *
 * <p>A worker's own failure is a cause and ends the attempt at once. A worker that reports a lost
 * peer may be the first to be heard although something else killed that peer; its word counts only
 * when no cause arrives within a grace time.
 */
final class JobMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JobMonitor.class);
  private static final long WATCH_MILLIS = 500;

  private final int workers;
  private final RankTable ranks;
  private final StallDetector stalls;
  private final ProgressListener listener;
  private final Runnable cancel;
  private final Patience patience;
  private final long startNanos = System.nanoTime();
  private final CountDownLatch searchEnded = new CountDownLatch(1);
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          action -> {
            Thread thread = new Thread(action, "sparkmm-job-monitor");
            thread.setDaemon(true);
            return thread;
          });

  private final TreeSet<Integer> arrived = new TreeSet<>();
  private final Map<Integer, Serializable> results = new TreeMap<>();
  private Optional<WorkerFailure> cause = Optional.empty();
  private Optional<WorkerFailure> consequence = Optional.empty();
  private Optional<LaunchException> noSlots = Optional.empty();
  private Optional<RuntimeException> listenerFailure = Optional.empty();
  private String suspects = "";
  private long newestIteration;

  /**
   * Makes a monitor.
   *
   * @param workers number of ranks
   * @param cancel ends the Spark job; called at most once, on another thread
   */
  JobMonitor(int workers, ProgressListener listener, Runnable cancel, Patience patience) {
    this.workers = workers;
    this.ranks = new RankTable(workers, System::nanoTime);
    this.stalls = new StallDetector(patience.stall(), System::nanoTime);
    this.listener = listener;
    this.cancel = cancel;
    this.patience = patience;
    timer.scheduleWithFixedDelay(this::watch, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Takes a worker's message. */
  synchronized void accept(ProgressMessage message) {
    if (message instanceof ProgressMessage.Arrived) {
      arrived.add(((ProgressMessage.Arrived) message).partition());
    } else if (message instanceof ProgressMessage.Joined) {
      WorkerPlace place = ((ProgressMessage.Joined) message).place();
      arrived.add(place.partition());
      ranks.joined(place);
      stalls.joined(message.runId(), place.rank());
      tell(() -> listener.joined(place));
    } else if (message instanceof ProgressMessage.Beat) {
      ProgressMessage.Beat beat = (ProgressMessage.Beat) message;
      ranks.seen(beat.rank(), beat.phase(), beat.step());
      stalls.beat(beat);
    } else if (message instanceof ProgressMessage.Iteration) {
      ProgressMessage.Iteration iteration = (ProgressMessage.Iteration) message;
      ranks.step(iteration.rank(), iteration.values().iteration());
      newestIteration = iteration.values().iteration();
      tell(() -> listener.iteration(iteration.values()));
    } else if (message instanceof ProgressMessage.Validation) {
      ProgressMessage.Validation validation = (ProgressMessage.Validation) message;
      tell(() -> listener.validation(validation.values(), validation.afterTraining()));
    } else if (message instanceof ProgressMessage.Note) {
      ProgressMessage.Note note = (ProgressMessage.Note) message;
      tell(() -> listener.note(note.rank(), note.text()));
    } else if (message instanceof ProgressMessage.Started) {
      tell(() -> listener.started(((ProgressMessage.Started) message).start()));
    } else if (message instanceof ProgressMessage.Times) {
      tell(() -> listener.times(((ProgressMessage.Times) message).times()));
    } else if (message instanceof ProgressMessage.Fault) {
      tell(() -> listener.fault(((ProgressMessage.Fault) message).number()));
    } else if (message instanceof ProgressMessage.Failed) {
      failed(((ProgressMessage.Failed) message).failure());
    } else if (message instanceof ProgressMessage.Done) {
      ProgressMessage.Done done = (ProgressMessage.Done) message;
      ranks.mark(done.rank(), "done");
      stalls.ended(done.rank());
      results.put(done.rank(), done.result());
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
      // A task that could not even report to the driver will not be able to the next time.
      boolean repeats = rank < 0 && kind == LaunchException.Kind.WORKER;
      failed(
          new WorkerFailure(
              WorkerFailure.Origin.OWN,
              kind,
              rank,
              partition,
              host,
              executorId,
              ranks.phase(rank),
              step(rank),
              repeats,
              RemoteError.withoutStack(reason)));
    }
  }

  /** The iteration that a rank is in: all ranks are in the same one, but not all report it. */
  private long step(int rank) {
    return ranks.phase(rank).equals(StallDetector.TRAIN) && newestIteration > 0
        ? Math.max(ranks.step(rank), newestIteration + 1)
        : ranks.step(rank);
  }

  private void failed(WorkerFailure failure) {
    LOG.debug("Failure of {}", failure.worker(), failure.error());
    if (failure.origin() == WorkerFailure.Origin.OWN) {
      if (cause.isEmpty()) {
        cause = Optional.of(failure);
        ranks.fail(failure, failure.kind() == LaunchException.Kind.STALLED ? "stalled" : "failed");
        end();
      }
    } else {
      ranks.fail(failure, "peer lost");
      stalls.ended(failure.rank());
      if (consequence.isEmpty()) {
        consequence = Optional.of(failure);
        suspects = stalls.suspects();
        timer.schedule(this::giveUpSearch, patience.cause().toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Looks for what no message will ever tell. */
  private synchronized void watch() {
    if (searchEnded.getCount() == 0) {
      return;
    }
    Duration waited = Duration.ofNanos(System.nanoTime() - startNanos);
    if (arrived.size() < workers && waited.compareTo(patience.slots()) > 0) {
      noSlots = Optional.of(new LaunchException(LaunchException.Kind.SLOTS, missing(waited)));
      end();
      return;
    }
    Optional<StallDetector.Stall> stall = stalls.check();
    if (stall.isPresent()) {
      WorkerPlace place = ranks.place(stall.get().rank());
      failed(
          new WorkerFailure(
              WorkerFailure.Origin.OWN,
              LaunchException.Kind.STALLED,
              place.rank(),
              place.partition(),
              place.host(),
              place.executorId(),
              ranks.phase(place.rank()),
              ranks.step(place.rank()),
              false,
              RemoteError.withoutStack(stall.get().text())));
    }
  }

  private String missing(Duration waited) {
    List<Integer> missing = new ArrayList<>();
    for (int partition = 0; partition < workers; partition++) {
      if (!arrived.contains(partition)) {
        missing.add(partition);
      }
    }
    return "Cannot start "
        + workers
        + " workers: "
        + (missing.size() == workers ? "none of them" : "all but those of partitions " + missing)
        + " got a task slot within "
        + waited.toSeconds()
        + " s; executors are missing or busy with other jobs of the application: ask for fewer"
        + " workers or more executors, or raise "
        + Survival.SLOTS_TIMEOUT;
  }

  /**
   * Why the job ended, to be asked when Spark has given it up. Waits a little for the cause, since
   * Spark's own events arrive late.
   *
   * @param sparkFailure what Spark said
   */
  LaunchException verdict(Exception sparkFailure) {
    try {
      if (!searchEnded.await(patience.cause().toMillis(), TimeUnit.MILLISECONDS)) {
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
      if (cause.isPresent()) {
        return new WorkerFailedException(cause.get(), workers, ranks.render(), remark(cause.get()));
      }
      if (noSlots.isPresent()) {
        return noSlots.get();
      }
      if (consequence.isPresent()) {
        return new WorkerFailedException(
            consequence.get(),
            workers,
            ranks.render(),
            suspects.isEmpty() ? "" : "; when it noticed, " + suspects);
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

  /** Who was missing, where that is the point. */
  private String remark(WorkerFailure failure) {
    boolean meeting = failure.kind() == LaunchException.Kind.RENDEZVOUS;
    if (!meeting || arrived.size() == workers) {
      return "";
    }
    TreeSet<Integer> missing = new TreeSet<>();
    for (int partition = 0; partition < workers; partition++) {
      missing.add(partition);
    }
    missing.removeAll(arrived);
    return "; the workers of partitions " + missing + " never came";
  }

  private void tell(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      if (listenerFailure.isEmpty()) {
        listenerFailure = Optional.of(e);
        end();
      }
    }
  }

  private void end() {
    searchEnded.countDown();
    timer.execute(this::cancelOnce);
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

  /** What the workers handed back, in rank order; empty as long as one is not done. */
  synchronized Optional<List<Serializable>> results() {
    return results.size() == workers && listenerFailure.isEmpty()
        ? Optional.of(List.copyOf(results.values()))
        : Optional.empty();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
