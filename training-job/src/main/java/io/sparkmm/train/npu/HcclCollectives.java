package io.sparkmm.train.npu;

import com.sun.jna.Memory;
import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.comm.ScatterBuffers;
import io.sparkmm.train.comm.Shapes;
import io.sparkmm.train.comm.Subgroups;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.npu.HcclOperation.Span;
import io.sparkmm.train.npu.HcclTypes.Way;
import io.sparkmm.train.torch.FloatTypes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A group of NPUs over HCCL, one worker for each process and device. Tensors may be on the device
 * or on the host, from where they go through device memory. In which order HCCL adds is its own
 * business: equal bits in two runs need {@code HCCL_DETERMINISTIC}.
 *
 * <p>A mean is HCCL's sum, divided afterwards. Types that the chip's HCCL does not add are widened
 * or exchanged and added by each rank in rank order, or refused: see {@link HcclTypes}.
 */
public final class HcclCollectives implements Collectives {
  private static final Logger LOG = LoggerFactory.getLogger(HcclCollectives.class);
  private static final Pending DONE = () -> {};

  private final HcclSession session;
  private final HcclCommunicator communicator;
  private final Membership members;
  private final List<HcclOperation> underWay = new ArrayList<>();
  private long operations = 1;
  private int splits;
  private boolean closed;

  HcclCollectives(HcclSession session, HcclCommunicator communicator, Membership members) {
    this.session = session;
    this.communicator = communicator;
    this.members = members;
    session.join();
  }

  @Override
  public String backend() {
    return "hccl";
  }

  @Override
  public int rank() {
    return members.rank();
  }

  @Override
  public int size() {
    return members.size();
  }

  @Override
  public Pending allGather(Tensor output, Tensor input) {
    Shapes.requireGather(output, input, size());
    HcclDataType type = session.types().moving("all-gather", input);
    long count = input.numel();
    if (count == 0) {
      return DONE;
    }
    HcclOperation operation = operation("all-gather", count, type);
    Span from = operation.input(input);
    Span to = operation.output(output);
    return start(
        operation,
        "HcclAllGather",
        (hccl, comm, stream) ->
            hccl.HcclAllGather(from.address(), to.address(), count, type.code(), comm, stream));
  }

  @Override
  public Pending reduceScatter(Tensor output, Tensor input, Reduction reduction) {
    Shapes.requireScatter(output, input, size());
    Way way = session.types().way("reduce-scatter", input, reduction);
    if (output.numel() == 0) {
      return DONE;
    }
    try (TensorScope scope = TensorScope.open()) {
      return switch (way) {
        case NATIVE -> scatter(output, input, reduction);
        case WIDENED -> {
          Tensor wide = output.to(ScalarType.Int);
          yield then(scatter(wide, input.to(ScalarType.Int), reduction), output, wide);
        }
        case EXCHANGED -> {
          Tensor received = torch.empty_like(input);
          yield addedHere(allToAll(received, input), output, received, reduction);
        }
      };
    }
  }

  @Override
  public Pending allReduce(Tensor tensor, Reduction reduction) {
    Shapes.requireContiguous("all-reduce", tensor);
    Way way = session.types().way("all-reduce", tensor, reduction);
    if (tensor.numel() == 0) {
      return DONE;
    }
    try (TensorScope scope = TensorScope.open()) {
      return switch (way) {
        case NATIVE -> reduceAll(tensor, reduction);
        case WIDENED -> {
          Tensor wide = tensor.to(ScalarType.Int);
          yield then(reduceAll(wide, reduction), tensor, wide);
        }
        case EXCHANGED -> {
          Tensor everyone = tensor.new_empty(size() * tensor.numel());
          yield addedHere(allGather(everyone, tensor.view(-1)), tensor, everyone, reduction);
        }
      };
    }
  }

  @Override
  public Pending broadcast(Tensor tensor, int root) {
    Shapes.requireContiguous("broadcast", tensor);
    Shapes.requireRank("broadcast from", root, size());
    HcclDataType type = session.types().moving("broadcast", tensor);
    long count = tensor.numel();
    if (count == 0) {
      return DONE;
    }
    HcclOperation operation = operation("broadcast", count, type);
    Span buffer = operation.inPlace(tensor);
    return start(
        operation,
        "HcclBroadcast",
        (hccl, comm, stream) ->
            hccl.HcclBroadcast(buffer.address(), count, type.code(), root, comm, stream));
  }

  /**
   * Sends slice k of {@code input} to rank k, and receives into slice k what rank k sends.
   *
   * @param output contiguous, as many elements as {@code input}, apart from it
   * @param input contiguous, a multiple of {@link #size()} elements
   */
  public Pending allToAll(Tensor output, Tensor input) {
    Shapes.requireContiguous("all-to-all", output);
    Shapes.requireContiguous("all-to-all", input);
    if (output.numel() != input.numel() || input.numel() % size() != 0) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot all-to-all: input has %d elements, output %d, for %d ranks",
              input.numel(), output.numel(), size()));
    }
    HcclDataType type = session.types().moving("all-to-all", input);
    long count = input.numel() / size();
    if (count == 0) {
      return DONE;
    }
    HcclOperation operation = operation("all-to-all", count, type);
    Span from = operation.input(input);
    Span to = operation.output(output);
    return start(
        operation,
        "HcclAlltoAll",
        (hccl, comm, stream) ->
            hccl.HcclAlltoAll(
                from.address(),
                count,
                type.code(),
                to.address(),
                count,
                type.code(),
                comm,
                stream));
  }

  /**
   * Sends parts of different sizes, which follow each other in the order of the ranks.
   *
   * @param output contiguous, receives {@code outputCounts[k]} elements from rank k
   * @param input contiguous, apart from the output; gives {@code inputCounts[k]} elements to rank k
   */
  public Pending allToAllV(Tensor output, long[] outputCounts, Tensor input, long[] inputCounts) {
    Shapes.requireContiguous("all-to-all", output);
    Shapes.requireContiguous("all-to-all", input);
    requireCounts(output, outputCounts);
    requireCounts(input, inputCounts);
    HcclDataType type = session.types().moving("all-to-all", input);
    HcclOperation operation = operation("all-to-all of parts", input.numel(), type);
    // Even a rank that gives or takes nothing needs addresses.
    try (TensorScope scope = TensorScope.open()) {
      Span from = operation.input(input.numel() == 0 ? input.new_empty(1) : input);
      Span to = operation.output(output.numel() == 0 ? output.new_empty(1) : output);
      Memory sent = operation.keepAlive(numbers(inputCounts));
      Memory sentAt = operation.keepAlive(numbers(offsets(inputCounts)));
      Memory received = operation.keepAlive(numbers(outputCounts));
      Memory receivedAt = operation.keepAlive(numbers(offsets(outputCounts)));
      return start(
          operation,
          "HcclAlltoAllV",
          (hccl, comm, stream) ->
              hccl.HcclAlltoAllV(
                  from.address(),
                  sent,
                  sentAt,
                  type.code(),
                  to.address(),
                  received,
                  receivedAt,
                  type.code(),
                  comm,
                  stream));
    }
  }

  @Override
  public void barrier(Duration timeout) {
    HcclOperation operation = operation("barrier", "", timeout);
    start(operation, "HcclBarrier", (hccl, comm, stream) -> hccl.HcclBarrier(comm, stream)).await();
  }

  @Override
  public Collectives split(List<int[]> groups, String name) {
    int index = Subgroups.memberOf(groups, size(), rank());
    int[] own = groups.get(index);
    int number = splits++;
    requireOpen("split");
    Membership part =
        new Membership(
            members.path() + "/" + number + "-" + name + "-" + own[0],
            Subgroups.positionIn(own, rank()),
            Arrays.stream(own).map(rank -> members.workers()[rank]).toArray());
    SubgroupPlan plan =
        SubgroupPlan.of(
            groups,
            communicator.global(),
            session.device().runtime().libraries().has(SubgroupPlan.FUNCTION));
    return plan.join(session, communicator, part, ((long) number << 16) | index)
        .<Collectives>map(made -> open(session, made, part))
        .orElseGet(LocalCollectives::new);
  }

  @Override
  public void abort() {
    session.abort();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (session.device().runtime().unusable().isEmpty()) {
        session.device().thread().run(() -> communicator.destroy(underWay));
      }
    } catch (NpuException problem) {
      LOG.warn("{}", problem.getMessage());
      session.device().runtime().giveUp(problem.getMessage());
    } finally {
      session.leave();
    }
  }

  /**
   * Makes a group of a communicator, and makes sure by a first sum that its ranks can reach each
   * other.
   */
  static HcclCollectives open(
      HcclSession session, HcclCommunicator communicator, Membership members) {
    HcclCollectives group = new HcclCollectives(session, communicator, members);
    try (TensorScope scope = TensorScope.open()) {
      Tensor one = torch.ones(new long[] {1}, new TensorOptions(ScalarType.Int));
      group.allReduce(one, Reduction.SUM).await();
      if (one.item_int() != members.size()) {
        throw new IllegalStateException(
            String.format(
                "Cannot use communicator %s: a sum over its %d ranks counted %d",
                communicator.name(), members.size(), one.item_int()));
      }
      return group;
    } catch (RuntimeException problem) {
      group.close();
      throw problem;
    }
  }

  private Pending scatter(Tensor output, Tensor input, Reduction reduction) {
    HcclDataType type = session.types().adding("reduce-scatter", input);
    long count = output.numel();
    HcclOperation operation = operation("reduce-scatter", count, type);
    Span from = operation.input(input);
    Span to = operation.output(output);
    divide(operation, output, reduction);
    return start(
        operation,
        "HcclReduceScatter",
        (hccl, comm, stream) ->
            hccl.HcclReduceScatter(
                from.address(),
                to.address(),
                count,
                type.code(),
                HcclReduceOp.of(reduction).code(),
                comm,
                stream));
  }

  private Pending reduceAll(Tensor tensor, Reduction reduction) {
    HcclDataType type = session.types().adding("all-reduce", tensor);
    long count = tensor.numel();
    HcclOperation operation = operation("all-reduce", count, type);
    Span buffer = operation.inPlace(tensor);
    divide(operation, tensor, reduction);
    return start(
        operation,
        "HcclAllReduce",
        (hccl, comm, stream) ->
            hccl.HcclAllReduce(
                buffer.address(),
                buffer.address(),
                count,
                type.code(),
                HcclReduceOp.of(reduction).code(),
                comm,
                stream));
  }

  private void divide(HcclOperation operation, Tensor tensor, Reduction reduction) {
    if (reduction == Reduction.AVG) {
      Tensor sum = operation.keep(tensor);
      operation.afterwards(() -> sum.div_(new Scalar(size())));
    }
  }

  /** Adds up what the ranks sent, in rank order, when it is there. */
  private Pending addedHere(Pending exchange, Tensor output, Tensor received, Reduction reduction) {
    Tensor parts = TensorScope.keep(new Tensor(received));
    Tensor result = TensorScope.keep(new Tensor(output));
    return () -> {
      exchange.await();
      ScatterBuffers.reduce(result, parts, reduction, size());
      TensorScope.release(parts);
      TensorScope.release(result);
    };
  }

  /** Copies the results of a wide tensor to a narrow one when they are there. */
  private static Pending then(Pending pending, Tensor narrow, Tensor wide) {
    Tensor source = TensorScope.keep(new Tensor(wide));
    Tensor target = TensorScope.keep(new Tensor(narrow));
    return () -> {
      pending.await();
      target.copy_(source);
      TensorScope.release(source);
      TensorScope.release(target);
    };
  }

  private HcclOperation operation(String name, long count, HcclDataType type) {
    return operation(name, count + " " + type, session.settings().timeout());
  }

  private HcclOperation operation(String name, String details, Duration timeout) {
    requireOpen(name);
    operations++;
    underWay.removeIf(HcclOperation::over);
    HcclOperation operation =
        new HcclOperation(
            new HcclOperation.Order(
                session, communicator, members, operations, name, details, timeout));
    underWay.add(operation);
    return operation;
  }

  private static Pending start(
      HcclOperation operation, String api, HcclCommunicator.Submission submission) {
    operation.start(api, submission);
    return operation;
  }

  private void requireOpen(String operation) {
    String state =
        closed
            ? "closed"
            : session.aborted()
                ? "aborted"
                : session.failure().isEmpty() ? "" : "broken: " + session.failure();
    if (!state.isEmpty()) {
      throw new CollectiveException(
          String.format(
              "Cannot %s on rank %d of %d: the hccl group is %s",
              operation, rank(), size(), state));
    }
  }

  private void requireCounts(Tensor tensor, long[] counts) {
    if (counts.length != size()
        || Arrays.stream(counts).anyMatch(count -> count < 0)
        || Arrays.stream(counts).sum() != tensor.numel()) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot all-to-all: parts %s of %s with %d elements for %d ranks",
              Arrays.toString(counts), FloatTypes.of(tensor), tensor.numel(), size()));
    }
  }

  private static long[] offsets(long[] counts) {
    long[] offsets = new long[counts.length];
    for (int i = 1; i < counts.length; i++) {
      offsets[i] = offsets[i - 1] + counts[i - 1];
    }
    return offsets;
  }

  private static Memory numbers(long[] values) {
    Memory memory = new Memory(8L * values.length);
    memory.write(0, values, 0, values.length);
    return memory;
  }
}
