package io.sparkmm.train.loop;

import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.HostBatch;
import java.util.Arrays;
import java.util.List;

/**
 * Measures how long the program waits for batches, counts their tokens, and remembers the last
 * batch's samples.
 */
final class WatchedIterator implements BatchIterator {
  private final BatchIterator source;
  private long waitedNanos;
  private long tokens;
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
    tokens += Arrays.stream(batch.attentionMask()).sum();
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

  /** Tokens without padding that {@link #next} gave since the last call of this method. */
  long takeTokens() {
    long taken = tokens;
    tokens = 0;
    return taken;
  }

  List<String> lastSamples() {
    return lastSamples;
  }

  @Override
  public void close() {
    source.close();
  }
}
