package io.sparkmm.train.comm.shared;

import com.sun.jna.Pointer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/**
 * Memory that the ranks of a group have in common. Whoever reads a count sees all that was written
 * before the count was set.
 *
 * <p>After {@link #close} only {@link #leave} and {@link #close} may be called.
 */
final class Segment implements AutoCloseable {
  /** What a rank says about itself. */
  enum State {
    THERE,
    CLOSED,
    ABORTED
  }

  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final Layout layout;
  private final int rank;
  private final Pointer memory;
  private final long address;
  private final ByteBuffer control;
  private final int[] others;
  private boolean closed;

  private Segment(Layout layout, int rank, int file) {
    this.layout = layout;
    this.rank = rank;
    others = IntStream.range(0, layout.ranks()).filter(other -> other != rank).toArray();
    memory = SystemCalls.map(file, layout.bytes());
    address = Pointer.nativeValue(memory);
    control = memory.getByteBuffer(0, layout.controlBytes()).order(ByteOrder.nativeOrder());
  }

  /** Maps a file that another rank made. */
  static Segment open(Layout layout, int rank, String path) {
    int file = SystemCalls.open(path);
    try {
      return new Segment(layout, rank, file);
    } finally {
      SystemCalls.close(file);
    }
  }

  /** Maps a file that this rank, 0, has made and whose memory it has reserved. */
  static Segment of(Layout layout, int file) {
    return new Segment(layout, 0, file);
  }

  int rank() {
    return rank;
  }

  Layout layout() {
    return layout;
  }

  /** The ranks of the group but this one, in order. */
  int[] others() {
    return others.clone();
  }

  long nonce() {
    return (long) LONGS.getAcquire(control, layout.nonce());
  }

  void nonce(long value) {
    LONGS.setRelease(control, layout.nonce(), value);
  }

  /** How many slots a rank has filled since the beginning. */
  long written(int writer) {
    return (long) LONGS.getAcquire(control, layout.written(writer));
  }

  /** Says that this rank has filled its slots up to a count. */
  void write(long count) {
    LONGS.setRelease(control, layout.written(rank), count);
  }

  /** How many slots of this rank a reader does not need any more. */
  long taken(int reader) {
    return (long) LONGS.getAcquire(control, layout.taken(reader, rank));
  }

  /** Says that this rank does not need the slots of a writer up to a count. */
  void take(int writer, long count) {
    LONGS.setRelease(control, layout.taken(rank, writer), count);
  }

  /** Address of a slot. */
  long slot(int writer, long sequence) {
    return address + layout.slot(writer, sequence);
  }

  /** Says what this rank puts into a slot. */
  void stamp(long sequence, long number, long code, long bytes) {
    int place = layout.stamp(rank, sequence);
    control.putLong(place, number).putLong(place + 8, code).putLong(place + 16, bytes);
  }

  /** A word of what is said about a slot: 0 number, 1 code, 2 bytes. */
  long stamp(int writer, long sequence, int word) {
    return control.getLong(layout.stamp(writer, sequence) + Long.BYTES * word);
  }

  State state(int other) {
    return State.values()[(int) INTS.getAcquire(control, layout.state(other))];
  }

  /** Number of ranks that have said that they go. */
  int countLeft() {
    int count = 0;
    for (int other = 0; other < layout.ranks(); other++) {
      count += state(other) == State.THERE ? 0 : 1;
    }
    return count;
  }

  /** Says that this rank is about to go; the first reason counts. */
  synchronized void leave(State reason) {
    if (!closed && state(rank) == State.THERE) {
      INTS.setVolatile(control, layout.state(rank), reason.ordinal());
      for (int other = 0; other < layout.ranks(); other++) {
        wake(other);
      }
    }
  }

  /** Wakes a rank if it sleeps. To be called after a count that it may wait for was set. */
  void ring(int other) {
    // Else the look at the sleeper might come before the count is seen.
    VarHandle.fullFence();
    if ((int) INTS.getOpaque(control, layout.sleeping(other)) != 0) {
      INTS.setOpaque(control, layout.sleeping(other), 0);
      wake(other);
    }
  }

  private void wake(int other) {
    INTS.getAndAdd(control, layout.bell(other), 1);
    SystemCalls.wake(memory.share(layout.bell(other)));
  }

  /** To be called before a last look at the counts, and then {@link #sleep}. */
  int prepareSleep() {
    int bell = (int) INTS.getAcquire(control, layout.bell(rank));
    INTS.setVolatile(control, layout.sleeping(rank), 1);
    return bell;
  }

  /**
   * Sleeps for a while unless somebody rings, or has rung since {@link #prepareSleep}.
   *
   * @return false if the system does not offer this
   */
  boolean sleep(int bell) {
    return SystemCalls.sleep(memory.share(layout.bell(rank)), bell);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      SystemCalls.unmap(memory, layout.bytes());
    }
  }
}
