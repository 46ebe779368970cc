package io.sparkmm.train.report;

import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.MetricsSink;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.metrics.WorkerTimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a page about a run up to date: one HTML file without scripts that opens without a network.
 * It is written when training starts, every some seconds, and at its end, also when it fails; a run
 * that fails before has no page. A page that cannot be written is remarked upon in the log once and
 * does not end the run.
 */
public final class RunReport implements MetricsSink {
  private static final Logger LOG = LoggerFactory.getLogger(RunReport.class);

  private final Path file;
  private final RunFacts facts;
  private final Duration every;
  private final Supplier<LocalDateTime> clock;
  private final RunHistory history;
  private final List<Attempt> attempts = new ArrayList<>();
  private final SortedMap<Integer, String> hosts = new TreeMap<>();
  private String generation = "";
  private Optional<TrainStart> start = Optional.empty();
  private RunPage.Status status = RunPage.Status.STARTING;
  private Optional<String> failure = Optional.empty();
  private Optional<LocalDateTime> written = Optional.empty();
  private boolean broken;

  /**
   * Makes the report; nothing is written yet.
   *
   * @param file the page
   * @param every shortest time between two versions of it
   * @param clock wall time
   */
  public RunReport(Path file, RunFacts facts, Duration every, Supplier<LocalDateTime> clock) {
    this.file = file;
    this.facts = facts;
    this.every = every;
    this.clock = clock;
    history = new RunHistory(facts.workers());
  }

  /** Takes over the curves that an earlier run has left in its metrics file. */
  public void readFrom(Path metrics) {
    history.readFrom(metrics);
  }

  /**
   * A worker has its place.
   *
   * @param attempt name of the attempt, the same for all its workers
   */
  public void joined(int rank, String host, String attempt) {
    if (!attempt.equals(generation)) {
      generation = attempt;
      endAttempt("a worker was lost; the run began again");
      attempts.add(Attempt.begin(clock.get()));
      hosts.clear();
    }
    hosts.put(rank, host);
  }

  /** The model is built and the data are open. */
  public void started(TrainStart values) {
    start = Optional.of(values);
    status = RunPage.Status.RUNNING;
    write();
  }

  @Override
  public void iteration(IterationRecord values) {
    history.add(values);
    if (!attempts.isEmpty()) {
      int current = attempts.size() - 1;
      attempts.set(current, attempts.get(current).reached(values.iteration()));
    }
    writeWhenDue();
  }

  @Override
  public void times(WorkerTimes times) {
    history.add(times);
    writeWhenDue();
  }

  @Override
  public void validation(ValidationRecord values) {
    history.add(values);
  }

  @Override
  public void rewind(long iteration) {
    history.rewind(iteration);
  }

  /** The attempt that runs has ended; there may be another one. */
  public void attemptEnded(String why) {
    endAttempt(why);
    close();
  }

  /**
   * The run is over and has done what it should.
   *
   * @param iteration how far it is
   */
  public void done(long iteration) {
    history.reached(iteration);
    status = RunPage.Status.DONE;
    endAttempt("done");
  }

  /** The run is over without having done what it should. */
  public void failed(String cause) {
    status = RunPage.Status.FAILED;
    failure = Optional.of(cause);
    endAttempt(cause);
  }

  @Override
  public void close() {
    if (written.isPresent()) {
      write();
    }
  }

  private void endAttempt(String why) {
    int current = attempts.size() - 1;
    if (current >= 0 && attempts.get(current).end().isEmpty()) {
      attempts.set(current, attempts.get(current).ended(why));
    }
  }

  private void writeWhenDue() {
    LocalDateTime now = clock.get();
    if (written.isEmpty() || !now.isBefore(written.get().plus(every))) {
      write();
    }
  }

  private void write() {
    LocalDateTime now = clock.get();
    written = Optional.of(now);
    try {
      Path parent = file.toAbsolutePath().getParent();
      Files.createDirectories(parent);
      PageFile.write(
          file,
          new RunPage(
                  facts,
                  history,
                  new RunPage.Moment(status, failure, now, List.copyOf(attempts)),
                  start,
                  hosts)
              .html());
    } catch (IOException e) {
      if (!broken) {
        LOG.warn("Cannot write the report {}: {}", file, e.toString());
      }
      broken = true;
    }
  }
}
