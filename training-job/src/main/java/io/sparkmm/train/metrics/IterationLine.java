package io.sparkmm.train.metrics;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Turns iterations into the log line that launch scripts read. They split it at {@code ':'} and
 * take the fifth field as the time per iteration, so exactly four colons stand before that value:
 * two in the time stamp and two after field names. Order and widths of the fields are fixed.
 *
 * <p>Collects the iterations between two lines: the time and the values of the loss function are
 * means over them; everything else is the last one's. An object belongs to one thread.
 */
public final class IterationLine {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  private final int interval;
  private final List<IterationRecord> pending = new ArrayList<>();
  private int skipped;
  private int nan;

  /**
   * Makes a printer of one line per {@code interval} iterations.
   *
   * @param interval iterations per line, at least 1
   */
  public IterationLine(int interval) {
    if (interval < 1) {
      throw new IllegalArgumentException("Cannot log every " + interval + " iterations");
    }
    this.interval = interval;
  }

  /**
   * Takes an iteration.
   *
   * @param now wall time for the line's stamp
   * @return the line, if one is due; it begins with a blank and has no line end
   */
  public Optional<String> add(IterationRecord values, LocalDateTime now) {
    pending.add(values);
    skipped += values.skipped() ? 1 : 0;
    nan += values.nan() ? 1 : 0;
    if (values.iteration() % interval != 0) {
      return Optional.empty();
    }
    String line = format(values, now);
    restart();
    return Optional.of(line);
  }

  /** Forgets what has come since the last line, which is going to come again. */
  public void restart() {
    pending.clear();
    skipped = 0;
    nan = 0;
  }

  private String format(IterationRecord last, LocalDateTime now) {
    StringBuilder line = new StringBuilder();
    line.append(" [").append(STAMP.format(now)).append(']');
    line.append(text(" iteration %8d/%8d |", last.iteration(), last.trainIterations()));
    line.append(text(" consumed samples: %12d |", last.consumedSamples()));
    line.append(
        text(
            " elapsed time per iteration (ms): %.1f |",
            pending.stream().mapToDouble(IterationRecord::elapsedMillis).average().orElseThrow()));
    line.append(text(" learning rate: %s |", scientific(last.learningRate())));
    line.append(text(" global batch size: %5d |", last.globalBatchSize()));
    means().forEach((name, mean) -> appendValue(line, name, mean));
    line.append(text(" loss scale: %.1f |", last.lossScale()));
    line.append(text(" grad norm: %.3f |", last.gradNorm()));
    line.append(text(" number of skipped iterations: %3d |", skipped));
    line.append(text(" number of nan iterations: %3d |", nan));
    return line.toString();
  }

  private static void appendValue(StringBuilder line, String name, double mean) {
    // Negative means are left out, as scripts that read these lines expect.
    if (!(mean < 0)) {
      line.append(' ').append(name).append(": ").append(scientific(mean)).append(" |");
    }
  }

  private Map<String, Double> means() {
    Map<String, Double> sums = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (IterationRecord values : pending) {
      values
          .log()
          .forEach(
              (name, value) -> {
                sums.merge(name, value, Double::sum);
                counts.merge(name, 1, Integer::sum);
              });
    }
    sums.replaceAll((name, sum) -> sum / counts.get(name));
    return sums;
  }

  private static String scientific(double value) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%.6E", value)
        : Double.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
