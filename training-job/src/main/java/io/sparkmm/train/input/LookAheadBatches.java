package io.sparkmm.train.input;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/**
 * Reads the micro-batches of a whole accumulation window before it hands out the first of them, so
 * that each knows how many targets the window has: a loss per token divides by that number.
 *
 * <p>When the data end inside a window, the mean of the window is still taken over its full length.
 */
public final class LookAheadBatches implements BatchIterator {
  private final BatchIterator source;
  private final int microBatches;
  private final Deque<HostBatch> window = new ArrayDeque<>();

  /**
   * Wraps a source, which it owns from then on.
   *
   * @param microBatches micro-batches of a window, at least 1
   */
  public LookAheadBatches(BatchIterator source, int microBatches) {
    if (microBatches < 1) {
      throw new IllegalArgumentException("Cannot look ahead " + microBatches + " micro-batches");
    }
    this.source = Objects.requireNonNull(source, "source");
    this.microBatches = microBatches;
  }

  @Override
  public boolean hasNext() {
    return !window.isEmpty() || source.hasNext();
  }

  /** The next micro-batch, which knows its window's targets. */
  @Override
  public HostBatch next() {
    if (window.isEmpty()) {
      fill();
    }
    return window.remove();
  }

  @Override
  public void restart() {
    window.clear();
    source.restart();
  }

  @Override
  public void close() {
    window.clear();
    source.close();
  }

  private void fill() {
    Deque<HostBatch> read = new ArrayDeque<>();
    long targets = 0;
    do {
      HostBatch batch = source.next();
      targets += batch.targetCount();
      read.add(batch);
    } while (read.size() < microBatches && source.hasNext());
    WindowTargets counted = new WindowTargets((double) targets / microBatches, targets);
    read.forEach(batch -> window.add(batch.inWindow(counted)));
  }
}
