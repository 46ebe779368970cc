package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpShard;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.weights.TensorTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Copies of a rank's state in host memory, from which a checkpoint is written while training goes
 * on. The memory is used again for the next copies: touching it for the first time takes the
 * operating system several times as long as copying.
 */
final class HostCopies implements AutoCloseable {
  private final Map<String, Tensor> buffers = new TreeMap<>();

  /**
   * Tensors as they are when the snapshot is taken, which has to happen before their next update.
   * The copies stay until the next snapshot is taken.
   */
  synchronized Snapshot copied(List<StatePart> parts) {
    List<DcpShard> shards = new ArrayList<>();
    try (TensorScope scope = TensorScope.open()) {
      for (StatePart part : parts) {
        shards.add(shard(part, buffer(part)));
      }
    }
    return new Snapshot(shards, parts, () -> copy(parts));
  }

  private synchronized void copy(List<StatePart> parts) {
    try (TensorScope scope = TensorScope.open()) {
      for (StatePart part : parts) {
        Tensor buffer = buffer(part);
        if (isReadable(part.tensor())) {
          // Without libtorch's threads, which are training.
          Pointer.memcpy(buffer.data_ptr(), part.tensor().data_ptr(), buffer.nbytes());
        } else {
          buffer.copy_(part.tensor().detach());
        }
      }
    }
  }

  /**
   * Tensors without a copy where their memory can be read as it is; the others are copied. They
   * must be written before their next update.
   */
  synchronized Snapshot shared(List<StatePart> parts) {
    List<StatePart> others = parts.stream().filter(part -> !isReadable(part.tensor())).toList();
    List<DcpShard> shards = new ArrayList<>();
    try (TensorScope scope = TensorScope.open()) {
      for (StatePart part : parts) {
        shards.add(shard(part, isReadable(part.tensor()) ? part.tensor() : buffer(part)));
      }
    }
    return new Snapshot(shards, parts, () -> copy(others));
  }

  private static boolean isReadable(Tensor tensor) {
    return tensor.is_cpu() && tensor.is_contiguous();
  }

  /** Touches the memory that copies of these tensors need. */
  synchronized void prepare(List<StatePart> parts) {
    try (TensorScope scope = TensorScope.open()) {
      for (StatePart part : parts) {
        buffer(part).zero_();
      }
    }
  }

  private Tensor buffer(StatePart part) {
    Tensor known = buffers.get(part.key().flat());
    if (known != null && Shapes.of(known).equals(Shapes.of(part.tensor()))) {
      return known;
    }
    Tensor buffer =
        TensorScope.keep(
            torch.empty(
                part.tensor().sizes().vec().get(),
                new TensorOptions(FloatTypes.of(part.tensor())),
                Constants.NO_FORMAT));
    Tensor before = buffers.put(part.key().flat(), buffer);
    if (before != null) {
      TensorScope.release(before);
    }
    return buffer;
  }

  private static DcpShard shard(StatePart part, Tensor tensor) {
    DType dtype = TensorTypes.inFile(FloatTypes.of(tensor));
    return DcpShard.part(part.key(), part.shape(), part.offsets(), new TensorBytes(tensor, dtype));
  }

  @Override
  public synchronized void close() {
    buffers.values().forEach(TensorScope::release);
    buffers.clear();
  }
}
