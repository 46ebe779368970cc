package io.sparkmm.train.input;

import java.util.Iterator;

/** Micro-batches of one rank, without end; closing it ends its background threads. */
public interface BatchIterator extends Iterator<HostBatch>, AutoCloseable {
  @Override
  void close();
}
