package io.sparkmm.train.npu;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The one thread of a process that talks to the runtime. A device is chosen for each thread, so a
 * call from any other one would find none.
 */
final class NpuThread implements AutoCloseable {
  private final ExecutorService executor;
  private volatile Thread thread;
  private volatile String activity = "";

  NpuThread(String name) {
    executor =
        Executors.newSingleThreadExecutor(
            work -> {
              thread = new Thread(work, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Runs an action on the thread and waits for it; on the thread itself, at once. */
  <T> T call(Callable<T> action) {
    if (Thread.currentThread() == thread) {
      return run(action);
    }
    CompletableFuture<T> result = submit("", action);
    try {
      return result.get();
    } catch (ExecutionException problem) {
      throw unwrap(problem);
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot wait for the NPU: interrupted", problem);
    }
  }

  /** Runs an action that returns nothing. */
  void run(Runnable action) {
    call(
        () -> {
          action.run();
          return true;
        });
  }

  /**
   * Starts an action that may stay in native code, where nothing can stop it.
   *
   * @param name what it does, for {@link #activity}
   */
  <T> CompletableFuture<T> submit(String name, Callable<T> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    executor.execute(
        () -> {
          activity = name;
          try {
            result.complete(action.call());
          } catch (Throwable problem) {
            result.completeExceptionally(problem);
          } finally {
            activity = "";
          }
        });
    return result;
  }

  /** Waits for a started action; false if it is still going on after that time. */
  static boolean finished(CompletableFuture<?> action, Duration limit) {
    try {
      action.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException going) {
      return false;
    } catch (ExecutionException problem) {
      throw unwrap(problem);
    } catch (InterruptedException problem) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot wait for the NPU: interrupted", problem);
    }
  }

  /** Name of the started action that is going on, or nothing. */
  String activity() {
    return activity;
  }

  /** Takes no more actions; does not wait. */
  @Override
  public void close() {
    executor.shutdown();
  }

  private static <T> T run(Callable<T> action) {
    try {
      return action.call();
    } catch (RuntimeException problem) {
      throw problem;
    } catch (Exception problem) {
      throw new IllegalStateException(problem);
    }
  }

  private static RuntimeException unwrap(ExecutionException problem) {
    Throwable cause = problem.getCause();
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException own ? own : new IllegalStateException(cause);
  }
}
