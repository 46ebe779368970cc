package io.sparkmm.data.job;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Tells on the console how far a long piece of work is: done, total, rate, remaining time, rejects.
 * On a terminal one line is redrawn twice a second; elsewhere a line is added every 10 seconds.
 */
public final class ProgressPrinter implements AutoCloseable {
  private static final Duration REDRAW_INTERVAL = Duration.ofMillis(500);
  private static final Duration LINE_INTERVAL = Duration.ofSeconds(10);
  private static final double NANOS_PER_SECOND = 1e9;

  private final String label;
  private final long total;
  private final PrintStream out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private final long started;
  private final AtomicLong before = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();
  private final Thread thread;

  ProgressPrinter(
      String label, long total, PrintStream out, boolean terminal, LongSupplier nanoTime) {
    this.label = Objects.requireNonNull(label, "label");
    this.total = total;
    this.out = Objects.requireNonNull(out, "out");
    this.terminal = terminal;
    this.nanoTime = nanoTime;
    this.started = nanoTime.getAsLong();
    this.thread = new Thread(this::printRegularly, "progress");
    thread.setDaemon(true);
  }

  /**
   * Starts to print to standard error.
   *
   * @param label what is being done, such as "prepare: records"
   * @param total how many there are in all
   */
  public static ProgressPrinter start(String label, long total) {
    ProgressPrinter printer =
        new ProgressPrinter(label, total, System.err, System.console() != null, System::nanoTime);
    printer.thread.start();
    return printer;
  }

  /** Sets how many an earlier run has done; they count as done, but not for the rate. */
  public void resume(long earlierDone, long earlierRejected) {
    before.set(earlierDone);
    update(earlierDone, earlierRejected);
  }

  /** Counts more as done. */
  public void add(long more) {
    done.addAndGet(more);
  }

  /** Sets how many are done and how many of them were rejected; never goes back. */
  public void update(long nowDone, long nowRejected) {
    done.accumulateAndGet(nowDone, Math::max);
    rejected.accumulateAndGet(nowRejected, Math::max);
  }

  /** Ends the printing; on a terminal the last state stays. */
  @Override
  public void close() {
    thread.interrupt();
    if (terminal) {
      synchronized (out) {
        out.print("\r" + line() + "\n");
        out.flush();
      }
    }
  }

  /** The state in one line. */
  String line() {
    long now = done.get();
    double seconds = Math.max(1e-9, (nanoTime.getAsLong() - started) / NANOS_PER_SECOND);
    double rate = (now - before.get()) / seconds;
    StringBuilder line = new StringBuilder(label);
    line.append(String.format(Locale.ROOT, " %,d/%,d", now, total));
    if (total > 0) {
      line.append(String.format(Locale.ROOT, " (%.1f %%)", 100.0 * now / total));
    }
    line.append(String.format(Locale.ROOT, ", %,.0f/s", rate));
    if (rate > 0 && now < total) {
      line.append(", ").append(clock((long) Math.ceil((total - now) / rate))).append(" left");
    }
    if (rejected.get() > 0) {
      line.append(String.format(Locale.ROOT, ", %,d rejected", rejected.get()));
    }
    return line.toString();
  }

  private void printRegularly() {
    Duration interval = terminal ? REDRAW_INTERVAL : LINE_INTERVAL;
    try {
      while (true) {
        Thread.sleep(interval.toMillis());
        synchronized (out) {
          // Blanks cover what a longer line left behind.
          out.print(terminal ? "\r" + line() + "    " : line() + "\n");
          out.flush();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String clock(long seconds) {
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
