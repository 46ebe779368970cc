package io.sparkmm.train.launch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a worker knows and may do while it runs: its place, its voice, and how it is ended. */
public final class WorkerContext {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerContext.class);

  private final WorkerPlace place;
  private final WorkerReporter reporter;
  private final Runnable portRelease;
  private final Deque<Runnable> abortActions = new ArrayDeque<>();
  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private boolean aborted;

  WorkerContext(WorkerPlace place, WorkerReporter reporter, Runnable portRelease) {
    this.place = Objects.requireNonNull(place, "place");
    this.reporter = Objects.requireNonNull(reporter, "reporter");
    this.portRelease = Objects.requireNonNull(portRelease, "portRelease");
  }

  /** This worker's place among its peers. */
  public WorkerPlace place() {
    return place;
  }

  /** Tells the driver how far this worker is. */
  public WorkerReporter report() {
    return reporter;
  }

  /**
   * Gives up the reservation of the master port; rank 0 calls it directly before it opens its own
   * server there. Does nothing on other ranks.
   */
  public void releaseMasterPort() {
    portRelease.run();
  }

  /**
   * Registers what ends a wait that an interrupt does not end, such as a collective in native code.
   * The action runs on another thread when the job is being stopped, at once if it already is, and
   * not at all otherwise. It must return quickly.
   */
  public void onAbort(Runnable action) {
    Objects.requireNonNull(action, "action");
    synchronized (this) {
      if (!aborted) {
        abortActions.push(action);
        return;
      }
    }
    runQuietly(action);
  }

  /**
   * Registers something to close when the worker has ended, whether well or not; what was
   * registered last is closed first. A failure of the worker is reported before anything is closed,
   * so that peers, which notice the closing, do not look like the cause. Errors of closing are
   * logged and change nothing.
   */
  public synchronized <C extends AutoCloseable> C closeAtEnd(C resource) {
    resources.push(Objects.requireNonNull(resource, "resource"));
    return resource;
  }

  /** Whether the job is being stopped. */
  public synchronized boolean aborted() {
    return aborted;
  }

  /** Marks the worker as being stopped and runs the abort actions, once. */
  void abort() {
    Deque<Runnable> actions;
    synchronized (this) {
      if (aborted) {
        return;
      }
      aborted = true;
      actions = new ArrayDeque<>(abortActions);
      abortActions.clear();
    }
    actions.forEach(this::runQuietly);
  }

  void closeAll() {
    Deque<AutoCloseable> open;
    synchronized (this) {
      // Nothing that is closed below may be aborted afterwards.
      abortActions.clear();
      open = new ArrayDeque<>(resources);
      resources.clear();
    }
    for (AutoCloseable resource : open) {
      try {
        resource.close();
      } catch (Exception | LinkageError e) {
        LOG.warn("Rank {}: cannot close {}", place.rank(), resource, e);
      }
    }
  }

  private void runQuietly(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("Rank {}: an abort action failed", place.rank(), e);
    }
  }
}
