package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Where the whole gradient of a parameter goes in the rows that are exchanged: full shards, and
 * then one that is filled in part. What pads the rows is never read by anyone.
 */
final class GradientRows implements AutoCloseable {
  private final Tensor all;
  private final Tensor full;
  private final Tensor rest;
  private final long fullShards;

  /**
   * Makes the views, which live until they are closed.
   *
   * @param rows one row per shard
   */
  GradientRows(ShardedParameter placed, Tensor rows) {
    all = TensorScope.keep(placed.gradientColumns(rows));
    fullShards = placed.layout().fullShards();
    long elements = placed.shardElements();
    long restElements = placed.parameter().elements() - fullShards * elements;
    full = TensorScope.keep(all.narrow(0, 0, fullShards));
    rest =
        TensorScope.keep(
            all.select(0, Math.min(fullShards, placed.layout().shards() - 1L))
                .narrow(0, 0, restElements));
  }

  /** Copies a gradient, converted to the type of the rows. */
  void write(Tensor gradient) {
    try (TensorScope scope = TensorScope.open()) {
      if (rest.numel() == 0) {
        full.copy_(gradient.reshape(full.sizes()));
        return;
      }
      Tensor flat = gradient.reshape(-1);
      long fullElements = flat.numel() - rest.numel();
      if (fullShards > 0) {
        full.copy_(flat.narrow(0, 0, fullElements).view(fullShards, -1));
      }
      rest.copy_(flat.narrow(0, fullElements, rest.numel()));
    }
  }

  /** Writes zeros, for a parameter without gradient. */
  void clear() {
    all.zero_();
  }

  @Override
  public void close() {
    TensorScope.release(all);
    TensorScope.release(full);
    TensorScope.release(rest);
  }
}
