package io.sparkmm.train.fsdp;

import io.sparkmm.train.nn.Parameter;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Place of one parameter in the flat memory of its group. A group's flat shard, flat gradient and
 * exchange rows hold the parameters' padded shards one after the other; its gathered memory holds
 * the parameters' padded whole tensors one after the other.
 *
 * @param parameter the parameter
 * @param layout its rows per shard
 * @param offset first element of its padded shard in the flat shard
 * @param gradientOffset first element of its padded shard in the flat gradient; unused when frozen
 */
record ShardedParameter(Parameter parameter, ShardLayout layout, long offset, long gradientOffset) {
  /**
   * Padded shards start at multiples of this, so that every type's start is aligned to 64 bytes.
   */
  private static final long ALIGNMENT = 32;

  /** Lays the parameters of a group out one after the other. */
  static List<ShardedParameter> layOut(List<Parameter> parameters, int shards) {
    List<ShardedParameter> placed = new ArrayList<>();
    long offset = 0;
    long gradientOffset = 0;
    for (Parameter parameter : parameters) {
      ShardedParameter next =
          new ShardedParameter(
              parameter, new ShardLayout(parameter.shape()[0], shards), offset, gradientOffset);
      placed.add(next);
      offset += next.stride();
      gradientOffset += parameter.trainable() ? next.stride() : 0;
    }
    return placed;
  }

  /** Elements of one row. */
  long rowElements() {
    return parameter.elements() / layout.rows();
  }

  /** Elements of a padded shard. */
  long shardElements() {
    return layout.capacity() * rowElements();
  }

  /** Elements from this padded shard to the next one. */
  long stride() {
    return (shardElements() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** First element of the whole tensor in the gathered memory. */
  long gatheredOffset() {
    return offset * layout.shards();
  }

  /** The filled rows of {@code shard} at {@code start} of flat memory, in the tensor's shape. */
  Tensor shardView(Tensor flat, long start, int shard) {
    long[] shape = parameter.shape();
    shape[0] = layout.rowCount(shard);
    return flat.narrow(0, start, shape[0] * rowElements()).view(shape);
  }

  /** The rows that {@code shard} has of a whole tensor. */
  Tensor rowsOf(Tensor whole, int shard) {
    return whole.narrow(0, layout.firstRow(shard), layout.rowCount(shard));
  }

  /** The whole tensor in the gathered memory. */
  Tensor gatheredView(Tensor gathered) {
    return gathered.narrow(0, gatheredOffset(), parameter.elements()).view(parameter.shape());
  }

  /** The padded shards of this parameter in the gathered memory, one row per shard. */
  Tensor gatheredRows(Tensor gathered) {
    return gathered
        .narrow(0, gatheredOffset(), layout.shards() * shardElements())
        .view(layout.shards(), shardElements());
  }

  /** The padded shards of this parameter in rows of exchanged shards. */
  Tensor exchangedRows(Tensor rows) {
    return rows.narrow(1, offset, shardElements());
  }

  /** The padded shards of this parameter's gradient in rows of exchanged gradients. */
  Tensor gradientColumns(Tensor rows) {
    return rows.narrow(1, gradientOffset, shardElements());
  }
}
