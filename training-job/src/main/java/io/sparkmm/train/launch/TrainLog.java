package io.sparkmm.train.launch;

import static java.util.stream.Collectors.joining;

import io.sparkmm.train.fault.FaultRecord;
import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.metrics.IterationLine;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.MetricsSink;
import io.sparkmm.train.metrics.RankWaits;
import io.sparkmm.train.metrics.RunSummary;
import io.sparkmm.train.metrics.ValidationLines;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.metrics.WaitingLine;
import io.sparkmm.train.metrics.WorkerTimes;
import io.sparkmm.train.report.RunReport;
import java.io.PrintStream;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's record of a run: lines on the console, the summary, and what its sinks keep. When an
 * iteration comes that has come before, the run has begun again before it: what was recorded from
 * there on is forgotten, and the new values are compared with the first ones.
 */
final class TrainLog implements ProgressListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainLog.class);

  /** Fewest iterations over which waiting is remarked upon. */
  private static final int WAITS_OVER = 10;

  /** Iterations whose values are remembered for a comparison. */
  private static final long MOST_REPEATED = 10_000;

  private final PrintStream out;
  private final int interval;
  private final IterationLine line;
  private final RunSummary summary = new RunSummary();
  private final List<MetricsSink> sinks;
  private final Optional<RunReport> report;
  private final Optional<RestartLog> restarts;
  private final Map<Integer, String> hosts = new TreeMap<>();
  private final Map<Long, IterationRecord> repeatable = new HashMap<>();
  private final RankWaits waits;
  private final FaultRecord faults;
  private long last;

  /**
   * Opens the record.
   *
   * @param interval iterations per line
   * @param workers number of ranks
   * @param records get everything, and are closed with this
   * @param faults is told which faults have happened
   */
  TrainLog(PrintStream out, int interval, int workers, RunSinks records, FaultRecord faults) {
    this.out = out;
    this.interval = interval;
    this.line = new IterationLine(interval);
    this.waits = new RankWaits(workers, WAITS_OVER);
    this.last = records.lastIteration();
    this.sinks = records.all();
    this.report = records.report();
    this.faults = faults;
    this.restarts = records.restarts();
  }

  @Override
  public void joined(WorkerPlace place) {
    if (hosts.put(place.rank(), place.host()) != null) {
      // A new attempt: what its dead one has told halfway is not going to be completed.
      waits.restart();
    }
    report.ifPresent(page -> page.joined(place.rank(), place.host(), place.generation()));
    out.printf(
        Locale.ROOT,
        "rank %d of %d runs on %s, executor %s, with %d cores%s%n",
        place.rank(),
        place.worldSize(),
        place.host(),
        place.executorId(),
        place.cores(),
        place.devices().stream().map(device -> " and " + device.describe()).collect(joining()));
  }

  @Override
  public void fault(int number) {
    faults.fired(number);
  }

  @Override
  public void restarted(Restart restart) {
    out.println(restart.line());
    restarts.ifPresent(log -> log.add(restart, last));
    report.ifPresent(page -> page.attemptEnded(restart.reason()));
  }

  @Override
  public void iteration(IterationRecord values) {
    if (values.iteration() <= last) {
      rewind(values.iteration() - 1);
    }
    last = values.iteration();
    compare(values);
    sinks.forEach(sink -> sink.iteration(values));
    summary.add(values);
    line.add(values, LocalDateTime.now(ZoneId.systemDefault())).ifPresent(out::println);
    if (last % interval == 0) {
      sinks.forEach(MetricsSink::flush);
    }
  }

  @Override
  public void started(TrainStart start) {
    report.ifPresent(page -> page.started(start));
  }

  @Override
  public void times(WorkerTimes times) {
    sinks.forEach(sink -> sink.times(times));
    waits
        .add(times)
        .flatMap(found -> WaitingLine.of(found, List.copyOf(hosts.values())))
        .ifPresent(out::println);
  }

  @Override
  public void validation(ValidationRecord values, boolean afterTraining) {
    sinks.forEach(sink -> sink.validation(values));
    ValidationLines.of(values, afterTraining).forEach(out::println);
  }

  @Override
  public void note(int rank, String text) {
    out.println(text);
  }

  /** An iteration that is done once more has to give the same numbers. */
  private void compare(IterationRecord again) {
    IterationRecord first = repeatable.put(again.iteration(), again);
    repeatable.remove(again.iteration() - MOST_REPEATED);
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

  /**
   * The run has done what it should.
   *
   * @param iteration how far it is
   */
  void done(long iteration) {
    report.ifPresent(page -> page.done(iteration));
  }

  /** The run is over without having done what it should. */
  void failed(RuntimeException cause) {
    report.ifPresent(page -> page.failed(String.valueOf(cause.getMessage())));
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
