package io.sparkmm.train.launch;

import io.sparkmm.train.loop.Checkpoints;
import io.sparkmm.train.loop.TrainPosition;
import io.sparkmm.train.loop.TrainState;
import java.util.Objects;
import java.util.function.Consumer;

/** Checkpoints whose work counts as a phase of its own, which may take longer than an iteration. */
final class PhasedCheckpoints implements Checkpoints {
  private final Checkpoints checkpoints;
  private final Consumer<String> phase;

  /**
   * Wraps checkpoints.
   *
   * @param phase is told what the worker does
   */
  PhasedCheckpoints(Checkpoints checkpoints, Consumer<String> phase) {
    this.checkpoints = Objects.requireNonNull(checkpoints, "checkpoints");
    this.phase = Objects.requireNonNull(phase, "phase");
  }

  @Override
  public TrainPosition restore(TrainState fresh) {
    phase.accept("restore");
    return checkpoints.restore(fresh);
  }

  @Override
  public void afterIteration(TrainState state) {
    phase.accept("save");
    checkpoints.afterIteration(state);
    phase.accept(StallDetector.TRAIN);
  }

  @Override
  public void beforeUpdate() {
    checkpoints.beforeUpdate();
  }

  @Override
  public void atEnd(TrainState state) {
    phase.accept("save");
    checkpoints.atEnd(state);
  }

  @Override
  public void close() {
    checkpoints.close();
  }
}
