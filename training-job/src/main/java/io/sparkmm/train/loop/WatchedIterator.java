package io.sparkmm.train.loop;

import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.HostBatch;
import java.util.List;

/** Measures how long the program waits for batches, and remembers the last batch's samples. */
final class WatchedIterator implements BatchIterator {
  private final BatchIterator source;
  private long waitedNanos;
  private List<String> lastSamples = List.of();

  WatchedIterator(BatchIterator source) {
    this.source = source;
  }

  @Override
  public boolean hasNext() {
    return source.hasNext();
  }

  @Override
  public HostBatch next() {
    long start = System.nanoTime();
    HostBatch batch = source.next();
    waitedNanos += System.nanoTime() - start;
    lastSamples = batch.sampleIds();
    return batch;
  }

  @Override
  public void restart() {
    source.restart();
  }

  /** Time spent in {@link #next} since the last call of this method. */
  long takeWaitedNanos() {
    long waited = waitedNanos;
    waitedNanos = 0;
    return waited;
  }

  List<String> lastSamples() {
    return lastSamples;
  }

  @Override
  public void close() {
    source.close();
  }
}
