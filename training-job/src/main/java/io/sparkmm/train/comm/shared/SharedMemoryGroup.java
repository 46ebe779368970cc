package io.sparkmm.train.comm.shared;

import io.sparkmm.train.comm.Collectives.Pending;
import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.comm.ScatterBuffers;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Collective operations of ranks that share memory. Tensors are in host memory, contiguous and of
 * fitting sizes: whoever calls has checked that. Results have the same bits as over sockets.
 *
 * <p>What is awaited throws {@link SharedMemoryException} if another rank is gone, has given up or
 * does something else, or if nothing has moved for the timeout.
 */
public final class SharedMemoryGroup implements AutoCloseable {
  /**
   * Up to this many ranks, a sum of 16-bit floats does not depend on how many elements are added up
   * at a time.
   */
  private static final int PIECEWISE_RANKS = 4;

  private final SharedChannel channel;
  private final Segment segment;
  private final ScatterBuffers buffers = new ScatterBuffers();
  private long number;

  SharedMemoryGroup(SharedChannel channel) {
    this.channel = channel;
    this.segment = channel.segment();
  }

  /** Bytes of memory that the ranks share. */
  public long bytes() {
    return segment.layout().bytes();
  }

  /** Concatenates every rank's input in rank order. */
  public Pending allGather(Tensor output, Tensor input) {
    try (TensorScope scope = TensorScope.open()) {
      return start(
          new GatherTransfer(
              Operation.of(number, Operation.Kind.ALL_GATHER, input),
              segment,
              Bytes.address(output),
              Bytes.address(input)),
          output,
          input);
    }
  }

  /** Copies the root's tensor to every rank. */
  public Pending broadcast(Tensor tensor, int root) {
    try (TensorScope scope = TensorScope.open()) {
      return start(
          new BroadcastTransfer(
              Operation.of(number, tensor, root), segment, Bytes.address(tensor), root),
          tensor);
    }
  }

  /**
   * Whether an all-reduce gives the same bits as Gloo's own, whose order of operations only two
   * ranks know. Maxima of NaN and others, and NaN in 16 bits, have bits of their own there.
   */
  public boolean canAllReduce(Tensor tensor, Reduction reduction) {
    return segment.layout().ranks() == 2
        && reduction != Reduction.MAX
        && !FloatTypes.isHalf(FloatTypes.of(tensor));
  }

  /** Reduces a tensor over the ranks, in place; where {@link #canAllReduce}. */
  public Pending allReduce(Tensor tensor, Reduction reduction) {
    try (TensorScope scope = TensorScope.open()) {
      return start(
          new ReduceTransfer(
              Operation.of(number, Operation.Kind.ALL_REDUCE, tensor, reduction),
              segment,
              Bytes.address(tensor),
              FloatTypes.of(tensor),
              reduction),
          tensor);
    }
  }

  /** Reduces over the ranks, and leaves this rank's slice. */
  public Pending reduceScatter(Tensor output, Tensor input, Reduction reduction) {
    try (TensorScope scope = TensorScope.open()) {
      return start(
          new ScatterTransfer(
              Operation.of(number, Operation.Kind.REDUCE_SCATTER, input, reduction),
              segment,
              Bytes.address(input),
              reducer(output, input, reduction)),
          output,
          input);
    }
  }

  /** Makes operations under way fail on all ranks. */
  public void abort() {
    channel.abort();
  }

  @Override
  public void close() {
    channel.close();
    buffers.close();
  }

  private Pending start(Transfer transfer, Tensor... tensors) {
    for (Tensor tensor : tensors) {
      // Another handle: the caller may do with his what he likes.
      transfer.keep(TensorScope.keep(tensor.view(-1)));
    }
    try {
      channel.start(transfer);
    } catch (SharedMemoryException problem) {
      transfer.kept().forEach(TensorScope::release);
      throw problem;
    }
    number++;
    return () -> channel.await(transfer);
  }

  private ScatterTransfer.Reducer reducer(Tensor output, Tensor input, Reduction reduction) {
    ScalarType type = FloatTypes.of(input);
    long result = Bytes.address(output);
    boolean direct = reduction != Reduction.MAX && !FloatTypes.isHalf(type);
    if (direct || output.numel() == 0) {
      return (offset, bytes, parts) -> Sums.reduce(result + offset, parts, bytes, type, reduction);
    }
    boolean piecewise = reduction != Reduction.MAX && segment.layout().ranks() <= PIECEWISE_RANKS;
    long most = piecewise ? segment.layout().slotBytes() : output.nbytes();
    return new RowsReducer(
        buffers,
        new RowsReducer.Rows(
            result, output.nbytes(), Math.min(most, output.nbytes()), segment.layout().ranks()),
        type,
        reduction);
  }
}
