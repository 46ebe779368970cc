package io.sparkmm.train.loop;

import io.sparkmm.train.input.BatchIterator;
import java.util.Objects;
import java.util.Optional;

/**
 * A rank's data: iterators that start again at their end.
 *
 * @param train micro-batches to train on
 * @param valid micro-batches to validate on
 * @param test micro-batches to test on
 */
public record DataIterators(
    BatchIterator train, Optional<BatchIterator> valid, Optional<BatchIterator> test)
    implements AutoCloseable {
  public DataIterators {
    Objects.requireNonNull(train, "train");
    Objects.requireNonNull(valid, "valid");
    Objects.requireNonNull(test, "test");
  }

  /** Training data only. */
  public static DataIterators of(BatchIterator train) {
    return new DataIterators(train, Optional.empty(), Optional.empty());
  }

  @Override
  public void close() {
    train.close();
    valid.ifPresent(BatchIterator::close);
    test.ifPresent(BatchIterator::close);
  }
}
