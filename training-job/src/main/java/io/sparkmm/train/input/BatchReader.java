package io.sparkmm.train.input;

import io.sparkmm.data.order.OrderStep;
import io.sparkmm.data.order.SampleOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;

/**
 * Micro-batches of one rank in the order of a {@link SampleOrder}, without end. Background threads
 * read and decode ahead; order and content do not depend on how many there are. Both the number of
 * micro-batches and their memory are bounded: pictures are not decoded before there is room for
 * them.
 *
 * <p>A sample that cannot be read fails the call of {@link #next} that would have delivered it.
 */
public final class BatchReader implements BatchIterator {
  private final SampleOrder order;
  private final int rank;
  private final LongFunction<PendingSample> source;
  private final Collator collator;
  private final ReadAhead readAhead;
  private final ExecutorService threads;
  private final Deque<Future<HostBatch>> ahead = new ArrayDeque<>();
  private final MemoryBudget budget;
  private long submitted;
  private long taken;
  private long consumed;
  private boolean closed;

  /**
   * How far to read ahead.
   *
   * @param consumed samples that all ranks together have taken already; where to start
   * @param threads background threads; 0 reads in the caller's thread
   * @param batches micro-batches to have ready or under way, at least 1
   * @param bytes most memory of those micro-batches; the one that is delivered next may exceed it
   */
  public record ReadAhead(long consumed, int threads, int batches, long bytes) {
    /** Most memory when nothing else is said. */
    public static final long DEFAULT_BYTES = 512L << 20;

    /** A quarter of the JVM's memory, and at most the default. */
    public ReadAhead(long consumed, int threads, int batches) {
      this(
          consumed,
          threads,
          batches,
          Math.min(DEFAULT_BYTES, Runtime.getRuntime().maxMemory() / 4));
    }

    public ReadAhead {
      if (consumed < 0 || threads < 0 || batches < 1 || bytes < 1) {
        throw new IllegalArgumentException(
            "Cannot read ahead: consumed "
                + consumed
                + ", threads "
                + threads
                + ", batches "
                + batches
                + ", bytes "
                + bytes);
      }
    }
  }

  /**
   * Makes a reader; reading begins with the first {@link #next}.
   *
   * @param order which samples a rank gets when
   * @param rank this rank
   * @param source reads the sample of an index; called from several threads
   */
  public BatchReader(
      SampleOrder order,
      int rank,
      LongFunction<PendingSample> source,
      Collator collator,
      ReadAhead readAhead) {
    this.order = Objects.requireNonNull(order, "order");
    this.rank = Objects.checkIndex(rank, order.settings().workers());
    this.source = Objects.requireNonNull(source, "source");
    this.collator = Objects.requireNonNull(collator, "collator");
    this.readAhead = Objects.requireNonNull(readAhead, "readAhead");
    this.consumed = readAhead.consumed();
    this.budget = new MemoryBudget(readAhead.bytes());
    AtomicInteger number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            Math.max(1, readAhead.threads()),
            action -> {
              Thread thread =
                  new Thread(action, "sparkmm-input-" + rank + "-" + number.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Always true: after the last sample the first ones follow. */
  @Override
  public boolean hasNext() {
    return true;
  }

  /**
   * The next micro-batch.
   *
   * @throws InputException naming the sample that cannot be read; or if the reader is closed or the
   *     thread interrupted
   */
  @Override
  public HostBatch next() {
    if (closed) {
      throw new InputException(InputException.Kind.CLOSED, "Cannot read on: the reader is closed");
    }
    if (readAhead.threads() == 0) {
      return collate(pending(nextIndices()));
    }
    while (ahead.size() < readAhead.batches()) {
      submit();
    }
    try {
      HostBatch batch = take();
      submit();
      return batch;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException) {
        // The stack of the reading thread says where; this thread's own is of no interest.
        throw (RuntimeException) e.getCause();
      }
      throw new InputException(
          InputException.Kind.UNREADABLE, "Cannot read a micro-batch: " + e.getCause(), e);
    } catch (CancellationException e) {
      throw new InputException(
          InputException.Kind.CLOSED, "Cannot read on: the reader was closed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InputException(
          InputException.Kind.CLOSED, "Cannot read on: the thread was interrupted", e);
    }
  }

  private int[] nextIndices() {
    OrderStep step = order.at(consumed);
    consumed = step.consumedAfter();
    return step.microBatch(rank);
  }

  private HostBatch take() throws ExecutionException, InterruptedException {
    try {
      return ahead.remove().get();
    } finally {
      budget.consume(taken++);
    }
  }

  private void submit() {
    int[] indices = nextIndices();
    long number = submitted++;
    ahead.add(threads.submit(() -> load(number, indices)));
  }

  private HostBatch load(long number, int[] indices) throws InterruptedException {
    List<PendingSample> pending = pending(indices);
    long bytes = pending.stream().mapToLong(PendingSample::bytes).sum();
    long scratch = pending.stream().mapToLong(PendingSample::scratchBytes).max().orElse(0);
    budget.reserve(number, bytes + scratch);
    HostBatch batch = collate(pending);
    budget.shrink(number, batch.bytes());
    return batch;
  }

  private List<PendingSample> pending(int[] indices) {
    List<PendingSample> pending = new ArrayList<>(indices.length);
    for (int index : indices) {
      pending.add(source.apply(index));
    }
    return pending;
  }

  private HostBatch collate(List<PendingSample> pending) {
    return collator.collate(pending.stream().map(sample -> sample.decode().get()).toList());
  }

  /** Bytes of the micro-batches that are ready or under way. */
  long bytesAhead() {
    return budget.used();
  }

  /** Stops reading; micro-batches under way are dropped. */
  @Override
  public void close() {
    closed = true;
    threads.shutdownNow();
    ahead.forEach(batch -> batch.cancel(true));
    ahead.clear();
  }
}
