package io.sparkmm.train.launch;

import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.metrics.WorkerTimes;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.plugin.PluginContext;

/**
 * A worker's voice: tells the driver which phase and iteration the worker is in. Safe to use from
 * any thread.
 */
public final class WorkerReporter {
  private final String runId;
  private final int rank;
  private final PluginContext channel;
  private volatile String phase = "start";
  private volatile long step;
  private volatile String waitsFor = "";
  private final AtomicLong moves = new AtomicLong();

  WorkerReporter(String runId, int rank, PluginContext channel) {
    this.runId = runId;
    this.rank = rank;
    this.channel = channel;
  }

  /** The worker begins something that may take long, for example {@code load} or {@code export}. */
  public void phase(String name) {
    phase = Objects.requireNonNull(name, "name");
    beat();
  }

  /** The worker begins something that is short as a rule; the driver hears of it with a beat. */
  void quietPhase(String name) {
    phase = Objects.requireNonNull(name, "name");
  }

  /** The worker begins an iteration, counted from 1. Known to the driver with the next beat. */
  public void step(long iteration) {
    step = iteration;
  }

  /** An iteration is done; the driver's {@link ProgressListener} gets its values. */
  public void iteration(IterationRecord values) {
    step = values.iteration();
    send(new ProgressMessage.Iteration(runId, rank, values));
  }

  /** A validation is done; the driver's {@link ProgressListener} gets its values. */
  public void validation(ValidationRecord values, boolean afterTraining) {
    send(new ProgressMessage.Validation(runId, values, afterTraining));
  }

  /** Says something to the user: one line on the driver's console. */
  public void note(String text) {
    send(new ProgressMessage.Note(runId, rank, Objects.requireNonNull(text, "text")));
  }

  /** The model is built and the data are open; the driver's listener gets to know it. */
  public void started(TrainStart start) {
    send(new ProgressMessage.Started(runId, start));
  }

  /** Where this worker's time went since it told last. */
  public void times(WorkerTimes times) {
    send(new ProgressMessage.Times(runId, times));
  }

  /** The worker is doing something that can be seen from outside: it is not stuck. */
  public void moved() {
    moves.incrementAndGet();
  }

  /** The worker begins to wait for others. */
  void waiting(String operation) {
    moves.incrementAndGet();
    waitsFor = operation;
  }

  /** The worker waits no more. */
  void goesOn() {
    waitsFor = "";
    moves.incrementAndGet();
  }

  /** A fault is about to happen; returns when the driver knows. */
  void fault(int number) {
    ask(channel, new ProgressMessage.Fault(runId, rank, number));
  }

  String currentPhase() {
    return phase;
  }

  long currentStep() {
    return step;
  }

  /** Tells the driver that the worker is alive. */
  void beat() {
    send(new ProgressMessage.Beat(runId, rank, phase, step, moves.get(), waitsFor));
  }

  private void send(ProgressMessage message) {
    try {
      channel.send(message);
    } catch (IOException e) {
      throw new LaunchException(
          LaunchException.Kind.WORKER, "Cannot send a message to the driver: " + e.getMessage(), e);
    }
  }

  /** Sends a message and waits until the driver has dealt with it and with all before it. */
  static void ask(PluginContext channel, ProgressMessage message) {
    try {
      channel.ask(message);
    } catch (Exception e) {
      // Scala declares nothing: a failed call arrives as whatever Spark raised.
      throw new LaunchException(
          LaunchException.Kind.WORKER, "Cannot reach the driver: " + e.getMessage(), e);
    }
  }
}
