package io.sparkmm.train.launch;

import io.sparkmm.conf.LoggingArguments;
import io.sparkmm.conf.TensorBoardArguments;
import io.sparkmm.train.metrics.MetricsSink;
import io.sparkmm.train.metrics.MetricsWriter;
import io.sparkmm.train.metrics.WorkersWriter;
import io.sparkmm.train.metrics.tensorboard.TensorBoardSink;
import io.sparkmm.train.report.RunFacts;
import io.sparkmm.train.report.RunReport;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a run's figures go.
 *
 * @param lastIteration last iteration that an earlier run has left in its metrics file; 0 for none
 * @param files files of figures
 * @param report page about the run
 * @param restarts the file of restarts
 */
record RunSinks(
    long lastIteration,
    List<MetricsSink> files,
    Optional<RunReport> report,
    Optional<RestartLog> restarts) {
  /** Name of the page below the folder of {@code --save}. */
  static final String REPORT_FILE = "report.html";

  private static final Duration REPORT_EVERY = Duration.ofSeconds(10);

  RunSinks {
    files = List.copyOf(files);
  }

  /**
   * Opens what the arguments ask for.
   *
   * @param folder folder of {@code --save}, which exists
   */
  static RunSinks open(LoggingArguments logging, Optional<Path> folder, RunFacts facts) {
    List<MetricsSink> files = new ArrayList<>();
    Optional<RunReport> report =
        logging
            .report()
            .map(Path::of)
            .or(() -> folder.map(path -> path.resolve(REPORT_FILE)))
            .map(
                file ->
                    new RunReport(
                        file,
                        facts,
                        REPORT_EVERY,
                        () -> LocalDateTime.now(ZoneId.systemDefault())));
    long last = 0;
    if (folder.isPresent()) {
      Path file = folder.get().resolve(TrainJob.METRICS_FILE);
      report.ifPresent(page -> page.readFrom(file));
      MetricsWriter metrics = new MetricsWriter(file);
      last = metrics.lastIteration();
      files.add(metrics);
      files.add(new WorkersWriter(folder.get().resolve(TrainJob.WORKERS_FILE)));
    }
    TensorBoardArguments board = logging.tensorboard();
    board
        .tensorboardDir()
        .ifPresent(
            events ->
                files.add(
                    new TensorBoardSink(
                        Path.of(events),
                        new TensorBoardSink.Settings(
                            board.tensorboardLogInterval(),
                            facts.workers(),
                            board.logTimersToTensorboard(),
                            board.logValidationPplToTensorboard(),
                            board.logWorldSizeToTensorboard()),
                        () -> System.currentTimeMillis() / 1e3)));
    return new RunSinks(
        last,
        files,
        report,
        folder.map(path -> new RestartLog(path.resolve(TrainJob.RESTARTS_FILE))));
  }

  /** All that get figures. */
  List<MetricsSink> all() {
    List<MetricsSink> all = new ArrayList<>(files);
    report.ifPresent(all::add);
    return all;
  }
}
