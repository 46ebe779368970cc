package io.sparkmm.train.comm.shared;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * One operation under way, as this rank sees it: which bytes it puts into its own ring, and what it
 * does with those in the rings of others. It never waits; whoever calls it is the only one at that
 * time.
 *
 * <p>Every rank can tell how many slots each rank fills in the operation, so that all of them count
 * alike.
 */
abstract class Transfer {
  /**
   * A sequence of steps, each of which needs one slot of some ranks.
   *
   * @param writers the ranks
   * @param steps number of steps
   * @param stride slots of a writer from one step to the next
   */
  record Lane(int[] writers, long steps, int stride) {}

  private final Operation operation;
  private final List<Tensor> kept = new ArrayList<>();
  private volatile boolean done;
  private RuntimeException problem;

  Transfer(Operation operation) {
    this.operation = operation;
  }

  Operation operation() {
    return operation;
  }

  /** Number of slots that a rank fills. */
  abstract long slots(int writer);

  /** Fills a slot of this rank. */
  abstract void give(long index, long slot);

  /** The sequences in which this rank takes what others give. */
  abstract List<Lane> lanes();

  /** Which of a writer's slots, counted from the operation's first, is this rank's first. */
  long first(int writer) {
    return 0;
  }

  /**
   * Uses the slots of a step, one for each writer of the lane.
   *
   * @param slots their addresses
   */
  abstract void take(Lane lane, long step, long[] slots);

  /** Whether a step may change what this rank has yet to give. */
  boolean takesAfterGiving() {
    return false;
  }

  /** Keeps a tensor until the operation is over; belongs to this from now on. */
  final void keep(Tensor tensor) {
    kept.add(tensor);
  }

  final List<Tensor> kept() {
    return kept;
  }

  /** Notes what went wrong in this rank's own part; the other ranks do not suffer from it. */
  final void fail(RuntimeException reason) {
    if (problem == null) {
      problem = reason;
    }
  }

  final void finish() {
    done = true;
  }

  final boolean isDone() {
    return done;
  }

  /** Throws what went wrong in this rank's own part. To be called when it is done. */
  final void rethrow() {
    if (problem != null) {
      throw problem;
    }
  }
}
