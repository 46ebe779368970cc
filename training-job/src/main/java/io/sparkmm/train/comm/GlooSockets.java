package io.sparkmm.train.comm;

import io.sparkmm.train.comm.Collectives.Pending;
import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.memory.TensorScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.AllreduceOptions;
import org.bytedeco.pytorch.BarrierOptions;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.ReduceOp;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;

/** The operations of libtorch's Gloo process group, over TCP. */
final class GlooSockets implements AutoCloseable {
  private final GlooRendezvous rendezvous;
  private final int rank;
  private final int size;
  private final boolean ownsRendezvous;
  private final ProcessGroupGloo group;
  private final Map<Reduction, ReduceOp> operations = new EnumMap<>(Reduction.class);
  private final ScatterBuffers buffers = new ScatterBuffers();
  private final LongVector evenly;
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile boolean aborted;
  private boolean closed;

  /**
   * Connects a group; waits for all its ranks.
   *
   * @param path unique among the groups of the rendezvous
   * @param ownsRendezvous whether the rendezvous ends with this group
   */
  GlooSockets(GlooRendezvous rendezvous, String path, int rank, int size, boolean ownsRendezvous) {
    this.rendezvous = rendezvous;
    this.rank = rank;
    this.size = size;
    this.ownsRendezvous = ownsRendezvous;
    try (PointerScope scope = new PointerScope()) {
      evenly = new LongVector();
      evenly.retainReference();
      group = rendezvous.openGroup(path, rank, size);
      operations.put(Reduction.SUM, operation(ReduceOp.RedOpType.SUM));
      operations.put(Reduction.AVG, operation(ReduceOp.RedOpType.AVG));
      operations.put(Reduction.MAX, operation(ReduceOp.RedOpType.MAX));
    } catch (RuntimeException problem) {
      throw failure("connect the group", problem);
    }
    // A rank that leaves while another one is still connecting would make that one fail.
    barrier(rendezvous.timeout());
  }

  Pending allGather(Tensor output, Tensor input) {
    // Gloo's own operation gathers into memory that it allocates for each call and copies from
    // there. Here every rank's part goes straight to its place.
    long count = input.numel();
    List<Pending> parts = new ArrayList<>();
    try (PointerScope scope = new PointerScope()) {
      Tensor whole = output.view(-1);
      for (int root = 0; root < size; root++) {
        Tensor part = whole.narrow(0, root * count, count);
        if (root == rank) {
          part.copy_(input.view(-1));
        }
        parts.add(startBroadcast("all-gather", part, root));
      }
    }
    return () -> parts.forEach(Pending::await);
  }

  Pending reduceScatter(Tensor output, Tensor input, Reduction reduction) {
    // Gloo's own operation reduces everything on every rank. Here a rank only gets its own part of
    // every other rank's input, half the bytes, and reduces that.
    ScatterBuffers.Buffer buffer = buffers.take(input.nbytes());
    Tensor received = TensorScope.keep(buffer.receiver(input));
    Tensor result = TensorScope.keep(output.view(-1));
    Pending exchange =
        start("reduce-scatter", () -> group.alltoall_base(received, input, evenly, evenly));
    return () -> {
      exchange.await();
      ScatterBuffers.reduce(result, received, reduction, size);
      TensorScope.release(received);
      TensorScope.release(result);
      buffers.give(buffer);
    };
  }

  Pending allReduce(Tensor tensor, Reduction reduction) {
    return start(
        "all-reduce",
        () -> {
          try (AllreduceOptions options = new AllreduceOptions();
              TensorVector tensors = new TensorVector(tensor)) {
            options.reduceOp(operations.get(reduction));
            return group.allreduce(tensors, options);
          }
        });
  }

  Pending broadcast(Tensor tensor, int root) {
    return startBroadcast("broadcast", tensor, root);
  }

  private Pending startBroadcast(String operation, Tensor tensor, int root) {
    return start(
        operation,
        () -> {
          try (BroadcastOptions options = new BroadcastOptions();
              TensorVector tensors = new TensorVector(tensor)) {
            options.rootRank(root);
            return group.broadcast(tensors, options);
          }
        });
  }

  void barrier(Duration timeout) {
    start(
            "barrier",
            () -> {
              try (BarrierOptions options = new BarrierOptions();
                  Milliseconds limit = new Milliseconds(timeout.toMillis())) {
                options.timeout(limit);
                return group.barrier(options);
              }
            })
        .await();
  }

  void abort() {
    // Nothing else: another thread may be inside the native group. That thread notices the flag.
    aborted = true;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (!aborted && underWay.get() == 0) {
      release();
      return;
    }
    // Native destruction waits for operations under way, which perhaps nobody is going to complete.
    Thread background = new Thread(this::release, "gloo-close-rank-" + rank);
    background.setDaemon(true);
    background.start();
  }

  private void release() {
    operations.values().forEach(ReduceOp::close);
    evenly.close();
    buffers.close();
    group.close();
    if (ownsRendezvous) {
      rendezvous.close();
    }
  }

  private static ReduceOp operation(ReduceOp.RedOpType type) {
    ReduceOp operation = new ReduceOp(type);
    operation.retainReference();
    return operation;
  }

  /** Refuses an operation of a group that was closed or aborted. */
  void requireOpen(String operation) {
    if (closed || aborted) {
      throw new CollectiveException(
          String.format(
              "Cannot %s on rank %d of %d: the gloo group is %s",
              operation, rank, size, closed ? "closed" : "aborted"));
    }
  }

  private Pending start(String operation, Supplier<Work> issue) {
    requireOpen(operation);
    try {
      Work work = issue.get();
      // Whoever waits may do so in another scope than this one.
      work.retainReference();
      underWay.incrementAndGet();
      return () -> await(operation, work);
    } catch (RuntimeException problem) {
      throw failure(operation, problem);
    }
  }

  /** Ends a wait if the group was aborted meanwhile. */
  void requireNotAborted(String operation) {
    if (aborted) {
      throw new CollectiveException(
          String.format(
              "Cannot %s on rank %d of %d: the gloo group was aborted while waiting",
              operation, rank, size));
    }
  }

  private void await(String operation, Work work) {
    try {
      while (!finished(operation, work)) {
        requireNotAborted(operation);
      }
    } finally {
      underWay.decrementAndGet();
      work.close();
    }
  }

  /** Waits for a while; false if the operation is still under way. */
  private boolean finished(String operation, Work work) {
    try {
      work._wait(rendezvous.pollInterval());
      return true;
    } catch (RuntimeException problem) {
      // An operation that is over throws its own error, the group's timeout included.
      if (!work.isCompleted()) {
        return false;
      }
      if (work.isSuccess()) {
        return true;
      }
      throw failure(operation, problem);
    }
  }

  /** What a failed operation ends in. */
  CollectiveException failure(String operation, RuntimeException problem) {
    return new CollectiveException(
        String.format(
            "Cannot %s on rank %d of %d (gloo, timeout %d ms): %s",
            operation,
            rank,
            size,
            rendezvous.timeout().toMillis(),
            NativeMessages.firstLine(problem)),
        problem);
  }
}
