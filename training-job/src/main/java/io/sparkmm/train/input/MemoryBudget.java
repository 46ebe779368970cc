package io.sparkmm.train.input;

import java.util.HashMap;
import java.util.Map;

/**
 * Bounds the memory of work that several threads do ahead of a consumer. The work is numbered in
 * the order in which it is consumed. The piece that is consumed next is always let in, so that
 * nobody waits for memory which only that piece could free; all others wait until they fit. So the
 * memory stays below the limit plus one piece.
 */
final class MemoryBudget {
  private final long limit;
  private final Map<Long, Long> reserved = new HashMap<>();
  private long used;
  private long next;

  MemoryBudget(long limit) {
    this.limit = limit;
  }

  /**
   * Waits until a piece of work fits.
   *
   * @throws InterruptedException if the thread is interrupted meanwhile
   */
  synchronized void reserve(long piece, long bytes) throws InterruptedException {
    while (piece != next && used + bytes > limit) {
      wait();
    }
    reserved.put(piece, bytes);
    used += bytes;
  }

  /** Gives back what a piece needs no longer. */
  synchronized void shrink(long piece, long bytes) {
    used += bytes - reserved.put(piece, bytes);
    notifyAll();
  }

  /** Gives back a piece that was consumed; the one after it is consumed next. */
  synchronized void consume(long piece) {
    Long bytes = reserved.remove(piece);
    used -= bytes == null ? 0 : bytes;
    next = piece + 1;
    notifyAll();
  }

  /** Bytes that are reserved. */
  synchronized long used() {
    return used;
  }
}
