package io.sparkmm.train.launch;

import io.sparkmm.train.metrics.IterationLine;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.MetricsSink;
import io.sparkmm.train.metrics.RankWaits;
import io.sparkmm.train.metrics.RunSummary;
import io.sparkmm.train.metrics.WaitingLine;
import io.sparkmm.train.metrics.WorkerTimes;
import java.io.PrintStream;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The driver's record of a run: lines on the console, the summary, and what its sinks keep. When an
 * iteration comes that has come before, the run has begun again before it, and what was recorded
 * from there on is forgotten.
 */
final class TrainLog implements ProgressListener, AutoCloseable {
  private final PrintStream out;
  private final int interval;
  private final IterationLine line;
  private final RunSummary summary = new RunSummary();
  private final List<MetricsSink> sinks;
  private final Map<Integer, String> hosts = new TreeMap<>();
  private final RankWaits waits;
  private long last;

  /**
   * Opens the record.
   *
   * @param interval iterations per line
   * @param workers number of ranks
   * @param lastIteration last iteration that the sinks have kept of an earlier run; 0 for none
   * @param sinks get everything, and are closed with the record
   */
  TrainLog(
      PrintStream out, int interval, int workers, long lastIteration, List<MetricsSink> sinks) {
    this.out = out;
    this.interval = interval;
    this.line = new IterationLine(interval);
    this.waits = new RankWaits(workers);
    this.last = lastIteration;
    this.sinks = List.copyOf(sinks);
  }

  @Override
  public void joined(WorkerPlace place) {
    if (hosts.put(place.rank(), place.host()) != null) {
      // A new attempt: what its dead one has told halfway is not going to be completed.
      waits.restart();
    }
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
    if (values.iteration() <= last) {
      rewind(values.iteration() - 1);
    }
    last = values.iteration();
    sinks.forEach(sink -> sink.iteration(values));
    summary.add(values);
    line.add(values, LocalDateTime.now(ZoneId.systemDefault())).ifPresent(out::println);
    if (last % interval == 0) {
      sinks.forEach(MetricsSink::flush);
    }
  }

  @Override
  public void times(WorkerTimes times) {
    sinks.forEach(sink -> sink.times(times));
    waits
        .add(times)
        .flatMap(found -> WaitingLine.of(found, List.copyOf(hosts.values())))
        .ifPresent(out::println);
  }

  List<String> summary() {
    return summary.lines();
  }

  @Override
  public void close() {
    RuntimeException failure = null;
    for (MetricsSink sink : sinks) {
      try {
        sink.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void rewind(long iteration) {
    sinks.forEach(sink -> sink.rewind(iteration));
    summary.rewind(iteration);
    line.restart();
    waits.restart();
  }
}
