package io.sparkmm.train.comm.shared;

import io.sparkmm.train.memory.TensorScope;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.global.torch;

/**
 * Operations of a group through the memory that its ranks share, one after the other in the order
 * of their starts. Whoever starts an operation moves what can be moved at once, whoever awaits one
 * goes on with that, and between the two a thread in the background looks after it now and then.
 */
public final class SharedChannel implements AutoCloseable {
  private static final int STEPS_AT_START = 16;
  private static final long SPIN_NANOS = 5_000;
  private static final long LOOK_NANOS = 100_000_000;
  private static final long NAP_NANOS = 500_000;
  private static final long WITHOUT_FUTEX_NANOS = 50_000;
  private static final int NAPS_WITHOUT_WORK = 200;

  private final Segment segment;
  private final Peers peers;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Outbox outbox;
  private final Inbox inbox;
  private final Set<Transfer> open = new HashSet<>();
  private final Set<Transfer> half = new HashSet<>();
  private final AtomicInteger waiters = new AtomicInteger();
  private final Thread background;
  private volatile boolean idle;
  private volatile boolean aborted;
  private volatile boolean closed;
  private volatile String broken = "";
  private long lastMove;
  private int left;

  SharedChannel(Segment segment, Peers peers, Duration timeout) {
    this.segment = segment;
    this.peers = peers;
    this.timeout = timeout;
    outbox = new Outbox(segment, this::partDone);
    inbox = new Inbox(segment, outbox, this::partDone);
    background = new Thread(this::runInBackground, "shared-memory-rank-" + segment.rank());
    background.setDaemon(true);
    background.start();
  }

  Segment segment() {
    return segment;
  }

  /** Starts an operation; the tensors that it keeps stay until it is over. */
  void start(Transfer transfer) {
    lock.lock();
    try {
      requireUsable();
      open.add(transfer);
      outbox.add(transfer);
      inbox.add(transfer);
      lastMove = System.nanoTime();
      pumpLocked(STEPS_AT_START);
    } finally {
      lock.unlock();
    }
    if (idle && !transfer.isDone()) {
      LockSupport.unpark(background);
    }
  }

  /**
   * Waits until an operation is over.
   *
   * @throws SharedMemoryException if it cannot be finished: a rank is gone, has given up or does
   *     something else, the timeout has passed, or the group was aborted
   */
  void await(Transfer transfer) {
    if (!transfer.isDone()) {
      waiters.incrementAndGet();
      try {
        pumpUntilDone(transfer);
      } finally {
        waiters.decrementAndGet();
      }
    }
    transfer.rethrow();
  }

  /** Makes all waits end, here and on the other ranks. */
  public void abort() {
    aborted = true;
    segment.leave(Segment.State.ABORTED);
  }

  @Override
  public void close() {
    segment.leave(Segment.State.CLOSED);
    closed = true;
    LockSupport.unpark(background);
    lock.lock();
    try {
      open.forEach(transfer -> transfer.kept().forEach(TensorScope::release));
      open.clear();
      segment.close();
    } finally {
      lock.unlock();
    }
  }

  private void pumpUntilDone(Transfer transfer) {
    long begin = System.nanoTime();
    long nextLook = begin + LOOK_NANOS;
    long spinUntil = begin + SPIN_NANOS;
    while (true) {
      boolean moved = pump(Integer.MAX_VALUE);
      if (transfer.isDone()) {
        return;
      }
      requireUsable();
      long now = System.nanoTime();
      if (moved) {
        spinUntil = now + SPIN_NANOS;
      } else if (now < spinUntil) {
        Thread.onSpinWait();
      } else if (now >= nextLook || someoneLeft()) {
        nextLook = now + LOOK_NANOS;
        lookForPeers(begin);
      } else {
        sleepUnlessMoved();
      }
    }
  }

  private void sleepUnlessMoved() {
    int bell;
    lock.lock();
    try {
      if (closed || pumpLocked(Integer.MAX_VALUE)) {
        return;
      }
      bell = segment.prepareSleep();
      // What came in between rings no more.
      if (pumpLocked(Integer.MAX_VALUE)) {
        return;
      }
    } finally {
      lock.unlock();
    }
    if (!segment.sleep(bell)) {
      LockSupport.parkNanos(this, WITHOUT_FUTEX_NANOS);
    }
  }

  private boolean pump(int steps) {
    lock.lock();
    try {
      return pumpLocked(steps);
    } finally {
      lock.unlock();
    }
  }

  /** Moves what can be moved, giving and taking in turn; false if that is nothing. */
  private boolean pumpLocked(int steps) {
    int done = 0;
    try {
      while (done < steps && usable() && (outbox.step() | inbox.step())) {
        done++;
      }
    } catch (SharedMemoryException problem) {
      giveUp(problem.getMessage());
    }
    if (done > 0) {
      lastMove = System.nanoTime();
    }
    return done > 0;
  }

  /** One of the two directions of an operation is over. */
  private void partDone(Transfer transfer) {
    if (half.add(transfer)) {
      return;
    }
    half.remove(transfer);
    open.remove(transfer);
    transfer.kept().forEach(TensorScope::release);
    transfer.finish();
  }

  private boolean usable() {
    return !closed && !aborted && broken.isEmpty();
  }

  private void requireUsable() {
    if (!broken.isEmpty()) {
      throw new SharedMemoryException(broken);
    }
    if (aborted || closed) {
      throw new SharedMemoryException("the group was " + (closed ? "closed" : "aborted"));
    }
  }

  private void giveUp(String reason) {
    if (broken.isEmpty()) {
      broken = reason;
    }
    segment.leave(Segment.State.ABORTED);
  }

  /** Whether somebody went away since the last look at who is there. */
  private boolean someoneLeft() {
    lock.lock();
    try {
      return !closed && segment.countLeft() != left;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives up if those that this rank waits for are not there any more, or have not moved.
   *
   * @param begin when the wait began
   */
  private void lookForPeers(long begin) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      left = segment.countLeft();
      // Who goes away does so after its last move, so that is looked for again afterwards.
      Map<Integer, Peers.Gone> gone = peers.gone(segment);
      if (pumpLocked(Integer.MAX_VALUE)) {
        return;
      }
      Set<Integer> blockers = new TreeSet<>();
      outbox.blockers(blockers::add);
      inbox.blockers(blockers::add);
      Optional<String> reason = Peers.reason(gone, blockers);
      if (reason.isPresent()) {
        giveUp(reason.get());
      } else if (System.nanoTime() - Math.max(begin, lastMove) > timeout.toNanos()) {
        giveUp(
            String.format(
                "Timed out waiting %dms for %s",
                timeout.toMillis(),
                blockers.stream().map(rank -> "rank " + rank).collect(Collectors.joining(", "))));
      }
    } finally {
      lock.unlock();
    }
  }

  private void runInBackground() {
    torch.set_num_threads(1);
    int unneeded = 0;
    while (!closed) {
      boolean work = hasWork();
      unneeded = work ? 0 : unneeded + 1;
      if (unneeded < NAPS_WITHOUT_WORK) {
        LockSupport.parkNanos(this, NAP_NANOS);
      } else {
        idle = true;
        // Who starts an operation afterwards sees that.
        if (!hasWork() && !closed) {
          LockSupport.park(this);
        }
        idle = false;
        unneeded = 0;
      }
      if (work && waiters.get() == 0 && lock.tryLock()) {
        try {
          pumpLocked(Integer.MAX_VALUE);
        } finally {
          lock.unlock();
        }
      }
    }
  }

  private boolean hasWork() {
    lock.lock();
    try {
      return !open.isEmpty() && usable();
    } finally {
      lock.unlock();
    }
  }
}
