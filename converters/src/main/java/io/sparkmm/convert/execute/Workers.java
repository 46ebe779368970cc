package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Threads that work through items in order. The first failure stops all of them at the end of their
 * item and is thrown.
 */
final class Workers {

  private final Iterator<WorkItem> items;
  private final int chunkBytes;
  private Throwable failure;

  Workers(Iterator<WorkItem> items, int chunkBytes) {
    this.items = items;
    this.chunkBytes = chunkBytes;
  }

  /**
   * Works until nothing is left.
   *
   * @throws ConvertException of kind DATA when an item failed or the calling thread was interrupted
   */
  void run(int threads) {
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(this::work, "convert-" + i);
      thread.setDaemon(true);
      thread.start();
      running.add(thread);
    }
    boolean interrupted = false;
    for (Thread thread : running) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
          fail(e);
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
      throw ConvertException.data("Cannot go on: the conversion was interrupted", failure);
    }
    rethrow();
  }

  private synchronized void rethrow() {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw ConvertException.data("Cannot go on: " + Disk.reason((IOException) failure), failure);
    }
  }

  private void work() {
    try {
      Buffers buffers = new Buffers(chunkBytes);
      for (WorkItem item = next(); item != null; item = next()) {
        item.run(buffers);
      }
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
    }
  }

  private synchronized WorkItem next() {
    return failure == null && items.hasNext() ? items.next() : null;
  }

  private synchronized void fail(Throwable e) {
    if (failure == null) {
      failure = e;
    } else if (failure != e) {
      failure.addSuppressed(e);
    }
  }
}
