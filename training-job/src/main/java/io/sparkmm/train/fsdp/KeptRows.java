package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.BoxedOperator;
import io.sparkmm.train.torch.ResizableStorage;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;

/**
 * What a rank keeps of a group's weights between forward and backward where fewer ranks than the
 * shards share a copy meanwhile: several rows of the gathered shards, in the computation's type.
 * Consecutive ranks share a copy, so that the gather before backward stays near.
 */
final class KeptRows implements AutoCloseable {
  private final Tensor rows;
  private final ResizableStorage storage;
  private final IValue kept;
  private final IValue whole;
  private final GroupGather gather;

  /**
   * Prepares the memory, which is only there from {@link #keep} to {@link #free}.
   *
   * @param sharing the ranks that share a copy meanwhile
   * @param shards number of shards of the group, a multiple of the ranks that share
   * @param gathered memory of the whole weights; views of it are made, so its storage is there
   */
  KeptRows(ShardGroup group, Collectives sharing, int shards, Tensor gathered) {
    int count = shards / sharing.size();
    int first = sharing.rank() * count;
    long rowElements = group.flatShard().numel();
    try (TensorScope scope = TensorScope.open()) {
      rows = TensorScope.keep(group.residence().computed(count * rowElements, group.computeType()));
      Tensor table = rows.view(count, rowElements);
      List<Tensor> keptParts = new ArrayList<>();
      List<Tensor> wholeParts = new ArrayList<>();
      for (ShardedParameter placed : group.parameters()) {
        keptParts.add(placed.exchangedRows(table));
        wholeParts.add(placed.gatheredRows(gathered).narrow(0, first, count));
      }
      kept = GroupGather.forever(BoxedOperator.tensors(keptParts));
      whole = GroupGather.forever(BoxedOperator.tensors(wholeParts));
    }
    gather = new GroupGather(group, sharing, gathered, rows);
    storage = new ResizableStorage(rows);
    storage.free();
  }

  /** The gather that makes the weights whole again. */
  GroupGather gather() {
    return gather;
  }

  /** Copies this rank's rows out of the whole weights, which are there. */
  void keep() {
    storage.allocate();
    try (TensorScope scope = TensorScope.open()) {
      // The paddings and the flags at the ends of the rows travel, too.
      rows.zero_();
      GroupGather.copyAll(kept, whole);
    }
  }

  /** Gives the memory back, if it is there. */
  void free() {
    storage.free();
  }

  @Override
  public void close() {
    gather.close();
    kept.releaseReference();
    whole.releaseReference();
    TensorScope.release(rows);
  }
}
