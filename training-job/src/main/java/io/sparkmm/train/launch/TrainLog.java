package io.sparkmm.train.launch;

import io.sparkmm.train.metrics.EvaluationLines;
import io.sparkmm.train.metrics.EvaluationRecord;
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
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The driver's record of a run: lines on the console, the metrics file, the summary. */
final class TrainLog implements ProgressListener, AutoCloseable {
  private final PrintStream out;
  private final IterationLine line;
  private final RunSummary summary = new RunSummary();
  private final Optional<Path> file;
  private final Optional<MetricsWriter> metrics;
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
  public void iteration(IterationRecord values) {
    empty = false;
    metrics.ifPresent(writer -> writer.write(values));
    summary.add(values);
    line.add(values, LocalDateTime.now(ZoneId.systemDefault())).ifPresent(out::println);
  }

  @Override
  public void evaluation(EvaluationRecord values) {
    EvaluationLines.of(values).forEach(out::println);
  }

  @Override
  public void note(int rank, String text) {
    out.println(text);
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
