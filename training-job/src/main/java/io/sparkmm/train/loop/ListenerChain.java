package io.sparkmm.train.loop;

import java.util.List;

/** Tells several listeners, in order. */
final class ListenerChain implements TrainListener {
  private final List<TrainListener> listeners;

  ListenerChain(List<TrainListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  @Override
  public void onStart(TrainStart start) {
    listeners.forEach(listener -> listener.onStart(start));
  }

  @Override
  public void onIterationStart(TrainState state) {
    listeners.forEach(listener -> listener.onIterationStart(state));
  }

  @Override
  public void onPhase(Phase phase, long startNanos, long endNanos) {
    listeners.forEach(listener -> listener.onPhase(phase, startNanos, endNanos));
  }

  @Override
  public void onIteration(IterationStats stats) {
    listeners.forEach(listener -> listener.onIteration(stats));
  }

  @Override
  public void onEvaluation(EvaluationStats stats) {
    listeners.forEach(listener -> listener.onEvaluation(stats));
  }

  @Override
  public void onCheckpoint(long iteration, double millis) {
    listeners.forEach(listener -> listener.onCheckpoint(iteration, millis));
  }

  @Override
  public void onEnd(TrainResult result) {
    listeners.forEach(listener -> listener.onEnd(result));
  }

  @Override
  public boolean stopRequested() {
    boolean stop = false;
    for (TrainListener listener : listeners) {
      stop |= listener.stopRequested();
    }
    return stop;
  }
}
