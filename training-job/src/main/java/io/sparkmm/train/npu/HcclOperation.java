package io.sparkmm.train.npu;

import com.sun.jna.Pointer;
import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.pytorch.Tensor;

/**
 * One operation of a group, from its tensors to its results. Tensors of the host go through device
 * memory, those of an NPU are used where they are; nothing else differs.
 */
final class HcclOperation implements Collectives.Pending {
  private static final Duration FIRST_SLICE = Duration.ofMillis(20);
  private static final Duration SLICE = Duration.ofMillis(200);

  /**
   * What a group tells its operations.
   *
   * @param number of the operation in the group, counted from 1
   * @param name what is done, for instance {@code all-gather}
   * @param details count and type
   * @param timeout longest wait for the other ranks
   */
  record Order(
      HcclSession session,
      HcclCommunicator communicator,
      Membership members,
      long number,
      String name,
      String details,
      Duration timeout) {}

  /** A tensor's place on the device. */
  final class Span {
    private final boolean reads;
    private final boolean writes;
    private final long bytes;
    private final Pointer home;
    private final boolean onDevice;
    private Optional<DeviceBuffers.Block> block = Optional.empty();

    private Span(Tensor tensor, boolean reads, boolean writes) {
      this.reads = reads;
      this.writes = writes;
      bytes = tensor.nbytes();
      home = new Pointer(tensor.data_ptr().address());
      onDevice = !tensor.is_cpu();
    }

    /** Where the device finds the elements; valid once the operation is submitted. */
    Pointer address() {
      return block.map(DeviceBuffers.Block::address).orElse(home);
    }

    private void load() {
      if (onDevice) {
        return;
      }
      DeviceBuffers.Block taken = order.session().buffers().take(bytes);
      block = Optional.of(taken);
      if (reads) {
        order.session().device().copyIn(taken.address(), taken.bytes(), home, bytes);
      }
    }

    private void store() {
      if (block.isPresent() && writes) {
        order.session().device().copyOut(home, block.get().address(), bytes);
      }
    }

    private void free() {
      block.ifPresent(order.session().buffers()::give);
      block = Optional.empty();
    }

    private boolean overlaps(Span other) {
      long start = Pointer.nativeValue(home);
      long otherStart = Pointer.nativeValue(other.home);
      return start < otherStart + other.bytes && otherStart < start + bytes;
    }
  }

  private final Order order;
  private final List<Span> spans = new ArrayList<>();
  private final List<Tensor> kept = new ArrayList<>();
  private final List<Object> alive = new ArrayList<>();
  private final List<Runnable> finish = new ArrayList<>();
  private Optional<Pointer> event = Optional.empty();
  private boolean over;

  HcclOperation(Order order) {
    this.order = order;
  }

  /** A tensor that is only read. */
  Span input(Tensor tensor) {
    return add(tensor, true, false);
  }

  /** A tensor that is only written. */
  Span output(Tensor tensor) {
    return add(tensor, false, true);
  }

  /** A tensor that is read and then written at the same place. */
  Span inPlace(Tensor tensor) {
    return add(tensor, true, true);
  }

  /** A tensor that lives until the operation is over. */
  Tensor keep(Tensor tensor) {
    Tensor alias = TensorScope.keep(new Tensor(tensor));
    kept.add(alias);
    return alias;
  }

  /** Native memory of arguments that lives until the operation is over. */
  <T> T keepAlive(T memory) {
    alive.add(memory);
    return memory;
  }

  /** What is left to do when the results are there, on the thread that waits. */
  void afterwards(Runnable action) {
    finish.add(action);
  }

  /**
   * Submits the operation.
   *
   * @throws CollectiveException if the other ranks do not come, which may show here already
   * @throws NpuException if the library refuses it
   */
  void start(String api, HcclCommunicator.Submission submission) {
    order.session().meeting().started(order.members().path(), order.number(), text());
    if (spans.stream().anyMatch(span -> span.onDevice)) {
      requireApart();
      TorchQueue.drain();
    }
    CompletableFuture<Pointer> call =
        order
            .session()
            .device()
            .thread()
            .submit(
                api,
                () -> {
                  spans.forEach(Span::load);
                  return order.communicator().submit(api, submission);
                });
    long deadline = System.nanoTime() + order.timeout().toNanos();
    try {
      // The first operations of a communicator wait for the peers inside of the call.
      while (!NpuThread.finished(call, SLICE)) {
        checkProgress(deadline, () -> order.session().device().runtime().giveUp(hangs(api)));
      }
      event = Optional.of(call.join());
    } catch (NpuException problem) {
      throw explain(problem);
    }
  }

  @Override
  public void await() {
    if (over) {
      return;
    }
    NpuThread thread = order.session().device().thread();
    long deadline = System.nanoTime() + order.timeout().toNanos();
    try {
      thread.run(() -> order.communicator().await(event.orElseThrow()));
      Duration slice = FIRST_SLICE;
      while (!finished(thread, slice)) {
        checkProgress(deadline, () -> {});
        slice = SLICE;
      }
      thread.run(
          () -> {
            spans.forEach(Span::store);
            free();
          });
    } catch (NpuException problem) {
      throw explain(problem);
    }
    over = true;
    try (TensorScope scope = TensorScope.open()) {
      finish.forEach(Runnable::run);
    }
    release();
  }

  /** Whether the results were taken. */
  boolean over() {
    return over;
  }

  /** Frees what an operation has whose results nobody takes; on the runtime's thread. */
  void discard() {
    over = true;
    free();
    release();
  }

  private boolean finished(NpuThread thread, Duration slice) {
    return thread.call(
        () -> {
          boolean done = order.communicator().finished(slice);
          if (!done) {
            order.communicator().checkNetwork();
          }
          return done;
        });
  }

  private void checkProgress(long deadline, Runnable beforeFailure) {
    HcclSession session = order.session();
    if (session.aborted()) {
      beforeFailure.run();
      throw new CollectiveException(
          String.format(
              "Cannot %s on rank %d of %d: the hccl group was aborted while waiting",
              order.name(), order.members().rank(), order.members().size()));
    }
    Optional<String> problem =
        session.meeting().lost(order.members().path(), order.number(), order.members().workers());
    if (problem.isEmpty() && System.nanoTime() > deadline) {
      problem = Optional.of(late());
    }
    if (problem.isPresent()) {
      beforeFailure.run();
      CollectiveException failure = new CollectiveException(describe(problem.get()));
      session.fail(failure.getMessage());
      throw failure;
    }
  }

  private RuntimeException explain(NpuException problem) {
    RuntimeException told =
        problem.ofPeer()
            ? new CollectiveException(describe(problem.getMessage() + "; " + late()), problem)
            : problem;
    order.session().fail(told.getMessage());
    return told;
  }

  private String late() {
    return order
        .session()
        .meeting()
        .late(order.members().path(), order.number(), order.members().workers());
  }

  private String describe(String problem) {
    return String.format(
        "Cannot %s on rank %d of %d (hccl, timeout %d ms, operation %d%s): %s",
        order.name(),
        order.members().rank(),
        order.members().size(),
        order.timeout().toMillis(),
        order.number(),
        order.details().isEmpty() ? "" : ", " + order.details(),
        problem);
  }

  private String text() {
    return order.details().isEmpty() ? order.name() : order.name() + " of " + order.details();
  }

  private String hangs(String api) {
    return api + " of communicator " + order.communicator().name() + " has not returned";
  }

  private Span add(Tensor tensor, boolean reads, boolean writes) {
    if (!tensor.is_cpu() && !tensor.is_privateuseone()) {
      throw new IllegalArgumentException(
          "Cannot " + order.name() + ": the tensor is neither on the host nor on an NPU");
    }
    Span span = new Span(keep(tensor), reads, writes);
    spans.add(span);
    return span;
  }

  /** Most operations must not write where they read; on the host they never do. */
  private void requireApart() {
    for (int i = 0; i < spans.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (spans.get(i).onDevice && spans.get(j).onDevice && spans.get(i).overlaps(spans.get(j))) {
          throw new IllegalArgumentException(
              "Cannot " + order.name() + ": input and output share memory of the NPU");
        }
      }
    }
  }

  private void free() {
    spans.forEach(Span::free);
    event.ifPresent(order.session().device()::destroyEvent);
    event = Optional.empty();
  }

  private void release() {
    kept.forEach(TensorScope::release);
    kept.clear();
    alive.clear();
  }
}
