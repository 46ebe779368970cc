package io.sparkmm.train.launch;

import io.sparkmm.train.metrics.IterationLine;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.MetricsWriter;
import io.sparkmm.train.metrics.RunSummary;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's record of a run: lines on the console, the metrics file, the summary. An iteration
 * that is done again after a restart is recorded once, and compared with the first time.
 */
final class TrainLog implements ProgressListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainLog.class);

  /** Iterations whose values are remembered for a comparison. */
  private static final long MOST_REPEATED = 10_000;

  private final PrintStream out;
  private final IterationLine line;
  private final RunSummary summary = new RunSummary();
  private final Optional<Path> file;
  private final Optional<MetricsWriter> metrics;
  private final Map<Long, IterationRecord> repeatable = new HashMap<>();
  private final Optional<RestartLog> restarts;
  private long newest;
  private boolean empty = true;

  /**
   * Opens the record.
   *
   * @param file metrics file to create, in a folder that exists
   */
  TrainLog(PrintStream out, int interval, Optional<Path> file) {
    this.out = out;
    this.line = new IterationLine(interval);
    this.file = file;
    this.metrics = file.map(MetricsWriter::new);
    this.restarts = file.map(path -> new RestartLog(path.resolveSibling(TrainJob.RESTARTS_FILE)));
  }

  @Override
  public void joined(WorkerPlace place) {
    out.printf(
        Locale.ROOT,
        "rank %d of %d runs on %s, executor %s, with %d cores%n",
        place.rank(),
        place.worldSize(),
        place.host(),
        place.executorId(),
        place.cores());
  }

  @Override
  public void restarted(Restart restart) {
    out.println(restart.line());
    restarts.ifPresent(log -> log.add(restart, newest));
  }

  @Override
  public void iteration(IterationRecord values) {
    if (values.iteration() <= newest) {
      compare(values);
      return;
    }
    newest = values.iteration();
    repeatable.put(newest, values);
    repeatable.remove(newest - MOST_REPEATED);
    empty = false;
    metrics.ifPresent(writer -> writer.write(values));
    summary.add(values);
    line.add(values, LocalDateTime.now(ZoneId.systemDefault())).ifPresent(out::println);
  }

  /** An iteration that is done once more has to give the same numbers. */
  private void compare(IterationRecord again) {
    IterationRecord first = repeatable.get(again.iteration());
    if (first == null) {
      return;
    }
    if (!first.log().equals(again.log()) || first.gradNorm() != again.gradNorm()) {
      LOG.warn(
          "Iteration {} gave {}, gradient norm {}, and after a restart {}, gradient norm {}",
          again.iteration(),
          first.log(),
          first.gradNorm(),
          again.log(),
          again.gradNorm());
    }
  }

  List<String> summary() {
    return summary.lines();
  }

  /** Closes the metrics file; removes it if nothing was ever written. */
  @Override
  public void close() {
    metrics.ifPresent(MetricsWriter::close);
    if (empty && file.isPresent()) {
      try {
        Files.deleteIfExists(file.get());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
