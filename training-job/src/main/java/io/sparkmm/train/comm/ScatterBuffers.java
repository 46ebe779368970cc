package io.sparkmm.train.comm;

import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.FloatTypes;
import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Memory into which ranks receive the parts that they reduce themselves. It is kept from one
 * operation to the next: fresh pages cost as much as sending them.
 */
public final class ScatterBuffers implements AutoCloseable {
  private static final int KEPT = 2;

  /** One operation's memory, and the parts in it: one row of {@code type} for each rank. */
  public static final class Buffer {
    private final Tensor bytes;
    private final long size;

    private Buffer(long size) {
      this.size = size;
      try (TensorScope scope = TensorScope.open()) {
        bytes =
            TensorScope.keep(
                torch.empty(
                    new long[] {size}, new TensorOptions(ScalarType.Byte), Constants.NO_FORMAT));
      }
    }

    /** Address of the first byte. */
    public long address() {
      try (TensorScope scope = TensorScope.open()) {
        return bytes.data_ptr().address();
      }
    }

    /** As many elements as {@code like} has, flat and in its type; belongs to the scope. */
    Tensor receiver(Tensor like) {
      return bytes.narrow(0, 0, like.nbytes()).view(FloatTypes.of(like));
    }
  }

  private final Deque<Buffer> free = new ArrayDeque<>();

  /** Takes memory for a tensor's bytes; to be given back. */
  public synchronized Buffer take(long bytes) {
    Buffer found = free.pollFirst();
    if (found != null && found.size >= bytes) {
      return found;
    }
    if (found != null) {
      TensorScope.release(found.bytes);
    }
    return new Buffer(bytes);
  }

  /** Gives memory back that nothing uses any more. */
  public synchronized void give(Buffer buffer) {
    if (free.size() < KEPT) {
      free.addFirst(buffer);
    } else {
      TensorScope.release(buffer.bytes);
    }
  }

  /**
   * Reduces the parts of all ranks, in rank order.
   *
   * @param output receives as many elements as one rank has in {@code received}
   */
  public static void reduce(Tensor output, Tensor received, Reduction reduction, int ranks) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor flat = output.view(-1);
      Tensor rows = received.view(ranks, flat.numel());
      if (reduction == Reduction.MAX) {
        flat.copy_(rows.amax(new long[] {0}, false));
        return;
      }
      if (FloatTypes.isHalf(FloatTypes.of(flat))) {
        // Rounds once instead of once for each rank.
        Tensor sum = rows.to(ScalarType.Float).sum(0);
        flat.copy_(reduction == Reduction.AVG ? sum.div_(new Scalar(ranks)) : sum);
        return;
      }
      torch.add_out(flat, rows.select(0, 0), rows.select(0, 1));
      for (int rank = 2; rank < ranks; rank++) {
        flat.add_(rows.select(0, rank));
      }
      if (reduction == Reduction.AVG) {
        flat.div_(new Scalar(ranks));
      }
    }
  }

  @Override
  public synchronized void close() {
    free.forEach(buffer -> TensorScope.release(buffer.bytes));
    free.clear();
  }
}
