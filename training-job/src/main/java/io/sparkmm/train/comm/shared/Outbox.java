package io.sparkmm.train.comm.shared;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** What this rank has yet to put into its ring, in the order of the operations. */
final class Outbox {
  private final Segment segment;
  private final int[] others;
  private final Consumer<Transfer> emptied;
  private final Deque<Transfer> waiting = new ArrayDeque<>();
  private long given;
  private long sequence;
  private long free;

  /**
   * Starts with nothing to give.
   *
   * @param emptied is told of every operation for which this rank has given everything
   */
  Outbox(Segment segment, Consumer<Transfer> emptied) {
    this.segment = segment;
    this.emptied = emptied;
    others = segment.others();
    free = segment.layout().slots();
  }

  void add(Transfer transfer) {
    waiting.add(transfer);
  }

  /** Fills a slot if one is free, or goes on to the next operation; false if it can do neither. */
  boolean step() {
    Transfer transfer = waiting.peek();
    if (transfer == null) {
      return false;
    }
    if (given == transfer.slots(segment.rank())) {
      waiting.remove();
      given = 0;
      emptied.accept(transfer);
      return true;
    }
    if (sequence == free && !findFree()) {
      return false;
    }
    transfer.give(given, segment.slot(segment.rank(), sequence));
    Operation operation = transfer.operation();
    segment.stamp(sequence, operation.number(), operation.code(), operation.bytes());
    given++;
    sequence++;
    segment.write(sequence);
    for (int reader : others) {
      segment.ring(reader);
    }
    return true;
  }

  /** Whether an operation's slot is filled. */
  boolean hasGiven(Transfer transfer, long index) {
    return waiting.peek() == transfer ? index < given : !waiting.contains(transfer);
  }

  /** Names the ranks that hold up this one because they have not taken enough. */
  void blockers(IntConsumer found) {
    if (!waiting.isEmpty()) {
      for (int reader : others) {
        if (sequence - segment.taken(reader) >= segment.layout().slots()) {
          found.accept(reader);
        }
      }
    }
  }

  private boolean findFree() {
    long least = Long.MAX_VALUE;
    for (int reader : others) {
      least = Math.min(least, segment.taken(reader));
    }
    free = Math.max(free, Math.min(least, sequence) + segment.layout().slots());
    return sequence < free;
  }
}
