package io.sparkmm.convert.execute;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints how far an execution is: one line that is written over on a terminal, one line every ten
 * seconds otherwise.
 */
public final class ProgressPrinter implements ConversionListener {

  private static final Duration ON_TERMINAL = Duration.ofMillis(500);
  private static final Duration ON_PAPER = Duration.ofSeconds(10);
  private static final double GIGABYTE = 1e9;
  private static final double NANOS = 1e9;

  private final PrintWriter out;
  private final boolean terminal;
  private final AtomicLong done = new AtomicLong();
  private long total;
  private long begin;
  private volatile Thread printer;

  /**
   * @param out receives the lines, usually standard error
   * @param terminal whether a line can be written over
   */
  public ProgressPrinter(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void begun(long bytes, int keptFiles) {
    total = bytes;
    begin = System.nanoTime();
    if (keptFiles > 0) {
      noted("going on: " + keptFiles + " files of an interrupted run are complete");
    }
    Thread thread = new Thread(this::print, "convert-progress");
    thread.setDaemon(true);
    printer = thread;
    thread.start();
  }

  @Override
  public void advanced(long bytes) {
    done.addAndGet(bytes);
  }

  @Override
  public void noted(String text) {
    out.println("mm-convert: " + text);
    out.flush();
  }

  @Override
  public void ended() {
    Thread thread = printer;
    printer = null;
    if (thread != null) {
      thread.interrupt();
      line(terminal ? "\n" : System.lineSeparator());
    }
  }

  private void print() {
    Duration pause = terminal ? ON_TERMINAL : ON_PAPER;
    while (printer == Thread.currentThread()) {
      try {
        Thread.sleep(pause.toMillis());
      } catch (InterruptedException e) {
        return;
      }
      line(terminal ? "" : System.lineSeparator());
    }
  }

  private synchronized void line(String end) {
    double seconds = Math.max(1e-9, (System.nanoTime() - begin) / NANOS);
    out.print((terminal ? "\r" : "") + text(done.get(), total, seconds) + end);
    out.flush();
  }

  /** The line for so many bytes after so many seconds. */
  static String text(long done, long total, double seconds) {
    double rate = done / seconds;
    long remaining = rate > 0 ? (long) Math.ceil((total - done) / rate) : 0;
    double percent = total == 0 ? 100 : 100.0 * done / total;
    return String.format(
        Locale.ROOT,
        "%5.1f %%  %.2f of %.2f GB  %.2f GB/s  %s left ",
        percent,
        done / GIGABYTE,
        total / GIGABYTE,
        rate / GIGABYTE,
        done == 0 ? "--:--" : time(remaining));
  }

  private static String time(long seconds) {
    long hours = seconds / 3600;
    String minutes = String.format(Locale.ROOT, "%02d:%02d", seconds / 60 % 60, seconds % 60);
    return hours == 0 ? minutes : hours + ":" + minutes;
  }
}
