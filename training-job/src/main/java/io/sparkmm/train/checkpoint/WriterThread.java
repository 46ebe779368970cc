package io.sparkmm.train.checkpoint;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that does one thing after the other and remembers how the last one ended. */
final class WriterThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WriterThread.class);

  /** What to do. */
  @FunctionalInterface
  interface Action {
    void run() throws IOException;
  }

  private final ExecutorService executor;
  private final String name;
  private final Duration patience;
  private Optional<Future<?>> last = Optional.empty();
  private Optional<Throwable> failure = Optional.empty();

  /**
   * Makes a thread; it starts with its first action.
   *
   * @param patience longest wait for its end when it is closed
   */
  WriterThread(String name, Duration patience) {
    this.name = name;
    this.patience = patience;
    executor =
        Executors.newSingleThreadExecutor(
            action -> {
              Thread thread = new Thread(action, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Starts an action, after those that were started before it. */
  void start(Action action) {
    failure = Optional.empty();
    last =
        Optional.of(
            executor.submit(
                () -> {
                  action.run();
                  return null;
                }));
  }

  /** Whether the last action goes on. */
  boolean running() {
    return last.isPresent() && !last.get().isDone();
  }

  /** Waits for the end of the last action, well or not. */
  void await() {
    if (last.isEmpty()) {
      return;
    }
    try {
      last.get().get();
      failure = Optional.empty();
    } catch (ExecutionException e) {
      failure = Optional.of(e.getCause());
    } catch (CancellationException e) {
      failure = Optional.of(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckpointException(
          CheckpointException.Kind.WRITE, "Cannot wait for a checkpoint: interrupted", e);
    }
  }

  /** Why the last action failed; empty while it goes on and when it did not. */
  Optional<Throwable> failure() {
    if (!running()) {
      await();
    }
    return failure;
  }

  /** Whether nothing runs any more, after it was closed. */
  boolean ended() {
    return executor.isTerminated();
  }

  /** Interrupts what goes on and waits for its end. */
  @Override
  public void close() {
    executor.shutdownNow();
    try {
      if (!executor.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("{} did not end within {}; it is left alone", name, patience);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
