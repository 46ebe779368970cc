package io.sparkmm.train.input;

import java.util.Iterator;

/** Micro-batches of one rank, without end; closing it ends its background threads. */
public interface BatchIterator extends Iterator<HostBatch>, AutoCloseable {
  /**
   * Starts again with the first micro-batch. Asked of validation data, so that every validation
   * sees the same samples; an iterator that cannot do it goes on where it is.
   */
  default void restart() {}

  @Override
  void close();
}
