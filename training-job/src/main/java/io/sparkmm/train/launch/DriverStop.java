package io.sparkmm.train.launch;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What happens to a run when its driver is told to end (SIGTERM, Ctrl-C). Spark stops by a hook of
 * its own then, which ends the job; while this is open, the JVM waits a moment for the run to write
 * down that it has ended.
 */
final class DriverStop implements AutoCloseable {
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook;

  private DriverStop(Duration patience) {
    hook =
        new Thread(
            () -> {
              try {
                closed.await(patience.toMillis(), TimeUnit.MILLISECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "sparkmm-driver-stop");
  }

  /** Makes the end of the JVM wait until this is closed, but not longer than the patience. */
  static DriverStop awaited(Duration patience) {
    DriverStop stop = new DriverStop(patience);
    try {
      Runtime.getRuntime().addShutdownHook(stop.hook);
    } catch (IllegalStateException e) {
      // The JVM ends already; there is nobody to wait for the run.
      stop.closed.countDown();
    }
    return stop;
  }

  /** Whether the JVM is ending. */
  static boolean inProgress() {
    Thread probe = new Thread(() -> {}, "sparkmm-probe");
    try {
      Runtime.getRuntime().addShutdownHook(probe);
      Runtime.getRuntime().removeShutdownHook(probe);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  /** What a run ends with when its driver is told to end. */
  static LaunchException explain(Exception found) {
    return new LaunchException(
        LaunchException.Kind.CANCELLED,
        "The run was ended from outside: the driver got a signal to end. With"
            + " --save its newest checkpoint is complete, and --load goes on from it",
        found);
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM ends: the hook has been waiting for this.
      return;
    }
  }
}
