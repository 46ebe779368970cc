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
   * Copies tensors.
   *
   * @return the copies, which stay as they are until the next call
   */
  synchronized List<DcpShard> copy(List<StatePart> parts) {
    List<DcpShard> shards = new ArrayList<>();
    try (TensorScope scope = TensorScope.open()) {
      for (StatePart part : parts) {
        Tensor buffer = buffer(part);
        buffer.copy_(part.tensor().detach());
        shards.add(shard(part, buffer));
      }
    }
    return shards;
  }

  /**
   * Parts without a copy where their memory can be read as it is; the others are copied. They must
   * be written before the next update.
   */
  synchronized List<DcpShard> share(List<StatePart> parts) {
    List<DcpShard> shards = new ArrayList<>();
    for (StatePart part : parts) {
      boolean readable = part.tensor().is_cpu() && part.tensor().is_contiguous();
      shards.add(readable ? shard(part, part.tensor()) : copy(List.of(part)).get(0));
    }
    return shards;
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
