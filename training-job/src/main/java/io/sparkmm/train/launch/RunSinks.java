package io.sparkmm.train.launch;

import io.sparkmm.conf.LoggingArguments;
import io.sparkmm.conf.TensorBoardArguments;
import io.sparkmm.train.metrics.MetricsSink;
import io.sparkmm.train.metrics.MetricsWriter;
import io.sparkmm.train.metrics.WorkersWriter;
import io.sparkmm.train.metrics.tensorboard.TensorBoardSink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a run's figures go.
 *
 * @param lastIteration last iteration that an earlier run has left in its metrics file; 0 for none
 * @param sinks files and pages
 * @param restarts the file of restarts
 */
record RunSinks(long lastIteration, List<MetricsSink> sinks, Optional<RestartLog> restarts) {
  RunSinks {
    sinks = List.copyOf(sinks);
  }

  /**
   * Opens what the arguments ask for.
   *
   * @param folder folder of {@code --save}, which exists
   */
  static RunSinks open(LoggingArguments logging, Optional<Path> folder, int workers) {
    List<MetricsSink> sinks = new ArrayList<>();
    long last = 0;
    if (folder.isPresent()) {
      MetricsWriter metrics = new MetricsWriter(folder.get().resolve(TrainJob.METRICS_FILE));
      last = metrics.lastIteration();
      sinks.add(metrics);
      sinks.add(new WorkersWriter(folder.get().resolve(TrainJob.WORKERS_FILE)));
    }
    TensorBoardArguments board = logging.tensorboard();
    board
        .tensorboardDir()
        .ifPresent(
            events ->
                sinks.add(
                    new TensorBoardSink(
                        Path.of(events),
                        new TensorBoardSink.Settings(
                            board.tensorboardLogInterval(),
                            workers,
                            board.logTimersToTensorboard(),
                            board.logValidationPplToTensorboard(),
                            board.logWorldSizeToTensorboard()),
                        () -> System.currentTimeMillis() / 1e3)));
    return new RunSinks(
        last, sinks, folder.map(path -> new RestartLog(path.resolve(TrainJob.RESTARTS_FILE))));
  }
}
