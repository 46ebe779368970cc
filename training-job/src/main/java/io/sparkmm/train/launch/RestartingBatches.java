package io.sparkmm.train.launch;

import io.sparkmm.train.input.BatchIterator;
import io.sparkmm.train.input.HostBatch;
import java.util.Optional;
import java.util.function.Supplier;

/** Batches that can be read from the first one on again. Opened when they are first needed. */
final class RestartingBatches implements BatchIterator {
  private final Supplier<BatchIterator> open;
  private Optional<BatchIterator> current = Optional.empty();

  RestartingBatches(Supplier<BatchIterator> open) {
    this.open = open;
  }

  @Override
  public boolean hasNext() {
    return batches().hasNext();
  }

  @Override
  public HostBatch next() {
    return batches().next();
  }

  @Override
  public void restart() {
    close();
  }

  @Override
  public void close() {
    current.ifPresent(BatchIterator::close);
    current = Optional.empty();
  }

  private BatchIterator batches() {
    if (current.isEmpty()) {
      current = Optional.of(open.get());
    }
    return current.get();
  }
}
