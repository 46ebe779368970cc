package io.sparkmm.train.weights;

import io.sparkmm.train.fsdp.ShardRows;
import io.sparkmm.train.fsdp.StateAccess;
import io.sparkmm.train.memory.TensorScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Gives the parameters of a model that was only declared when it was sharded their values. Each
 * rank makes its own rows, a block of them at a time, so that it needs little more memory than its
 * part of the model.
 */
public final class ShardWeights {
  private static final long BLOCK_ELEMENTS = 1 << 22;

  private ShardWeights() {}

  /** Fills all rows of this rank and ends the loading. Every rank calls it at the same point. */
  public static void fill(StateAccess state, WeightSource source) {
    for (String name : state.names()) {
      ShardRows rows = state.rows(name);
      try (TensorScope scope = TensorScope.open()) {
        // A tensor of its own that shares the memory: writing is no operation of the graph.
        Tensor data = rows.parameter().data().detach();
        fill(data, rows, source);
        state.loadRows(name, data);
      }
    }
    state.complete();
  }

  private static void fill(Tensor data, ShardRows rows, WeightSource source) {
    if (rows.count() == 0) {
      return;
    }
    long rowElements = Math.max(1, data.numel() / rows.count());
    long block = Math.max(1, BLOCK_ELEMENTS / rowElements);
    for (long done = 0; done < rows.count(); done += block) {
      long count = Math.min(block, rows.count() - done);
      try (TensorScope scope = TensorScope.open()) {
        Tensor values = source.rows(rows.parameter(), rows.first() + done, count);
        data.narrow(0, done, count).copy_(values);
      }
    }
  }
}
