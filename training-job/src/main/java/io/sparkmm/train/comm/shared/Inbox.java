package io.sparkmm.train.comm.shared;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** What this rank has yet to take out of the rings of others, in the order of the operations. */
final class Inbox {
  private final Segment segment;
  private final Outbox outbox;
  private final Consumer<Transfer> emptied;
  private final Deque<Transfer> waiting = new ArrayDeque<>();

  /** For each rank, the first slot of the operation in front. */
  private final long[] base;

  /** For each lane of the operation in front, the steps that are done. */
  private long[] steps = {};

  /**
   * Starts with nothing to take.
   *
   * @param emptied is told of every operation for which this rank has taken everything
   */
  Inbox(Segment segment, Outbox outbox, Consumer<Transfer> emptied) {
    this.segment = segment;
    this.outbox = outbox;
    this.emptied = emptied;
    base = new long[segment.layout().ranks()];
  }

  void add(Transfer transfer) {
    waiting.add(transfer);
    if (waiting.size() == 1) {
      steps = new long[transfer.lanes().size()];
    }
  }

  /**
   * Takes what is there for one step of every lane.
   *
   * @return false if nothing was there
   * @throws SharedMemoryException if another rank does something else
   */
  boolean step() {
    Transfer transfer = waiting.peek();
    if (transfer == null) {
      return false;
    }
    boolean moved = false;
    boolean all = true;
    for (int i = 0; i < steps.length; i++) {
      Transfer.Lane lane = transfer.lanes().get(i);
      if (steps[i] < lane.steps() && ready(transfer, lane, steps[i])) {
        take(transfer, lane, steps[i]);
        steps[i]++;
        moved = true;
      }
      all &= steps[i] == lane.steps();
    }
    if (all) {
      next(transfer);
      return true;
    }
    return moved;
  }

  /** Names the ranks whose slots are missing. */
  void blockers(IntConsumer found) {
    Transfer transfer = waiting.peek();
    if (transfer == null) {
      return;
    }
    for (int i = 0; i < steps.length; i++) {
      Transfer.Lane lane = transfer.lanes().get(i);
      for (int writer : lane.writers()) {
        if (steps[i] < lane.steps()
            && segment.written(writer) <= place(transfer, lane, writer, steps[i])) {
          found.accept(writer);
        }
      }
    }
  }

  private boolean ready(Transfer transfer, Transfer.Lane lane, long step) {
    for (int writer : lane.writers()) {
      long place = place(transfer, lane, writer, step);
      if (segment.written(writer) <= place) {
        return false;
      }
      if (!transfer.operation().matches(segment, writer, place)) {
        throw new SharedMemoryException(
            String.format(
                "the ranks do different things; rank %d: %s; rank %d: %s",
                segment.rank(),
                transfer.operation().describe(),
                writer,
                Operation.at(segment, writer, place).describe()));
      }
    }
    return !transfer.takesAfterGiving() || outbox.hasGiven(transfer, step);
  }

  private void take(Transfer transfer, Transfer.Lane lane, long step) {
    long[] slots = new long[lane.writers().length];
    for (int i = 0; i < slots.length; i++) {
      int writer = lane.writers()[i];
      slots[i] = segment.slot(writer, place(transfer, lane, writer, step));
    }
    try {
      transfer.take(lane, step, slots);
    } catch (RuntimeException problem) {
      transfer.fail(problem);
    }
    for (int writer : lane.writers()) {
      segment.take(
          writer,
          step + 1 < lane.steps()
              ? place(transfer, lane, writer, step + 1)
              : base[writer] + transfer.slots(writer));
      segment.ring(writer);
    }
  }

  private void next(Transfer transfer) {
    for (int writer = 0; writer < base.length; writer++) {
      base[writer] += transfer.slots(writer);
    }
    waiting.remove();
    steps = waiting.isEmpty() ? new long[0] : new long[waiting.peek().lanes().size()];
    emptied.accept(transfer);
  }

  private long place(Transfer transfer, Transfer.Lane lane, int writer, long step) {
    return base[writer] + transfer.first(writer) + step * lane.stride();
  }
}
