package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.ResizableStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The weights that one module's forward computation needs, with one all-gather to make them whole.
 *
 * <p>The group owns this rank's padded shards in one flat tensor, whose views are the parameters'
 * data, and the memory of the gathered tensors, which is there only while the group is unsharded.
 * With one shard in the computation's type both are the same memory.
 */
final class ShardGroup implements AutoCloseable {
  /** Elements at the end of each exchanged row; the first one is the flag of {@link Lockstep}. */
  static final long FLAG_ELEMENTS = 32;

  private enum State {
    SHARDED,
    UNSHARDED
  }

  private final int index;
  private final String label;
  private final ShardMesh mesh;
  private final List<ShardedParameter> parameters;
  private final List<Tensor> wholeTensors = new ArrayList<>();
  private final long shardElements;
  private final ScalarType storedType;
  private final ScalarType computeType;
  private final Tensor flatShard;
  private final Tensor flatGathered;
  private final Optional<ResizableStorage> gatheredStorage;
  private State state = State.SHARDED;

  /**
   * Cuts the parameters of a group; afterwards their data are shards. Those of parameters without
   * storage are zeros, and no more than this rank's rows is ever allocated.
   *
   * @param index position among the groups, the same on every rank
   * @param plan the group's parameters, whole or only declared
   */
  ShardGroup(int index, WrapPlan.Group plan, ShardMesh mesh, MixedPrecisionPolicy policy) {
    this.index = index;
    this.label = plan.label();
    this.mesh = mesh;
    parameters = ShardedParameter.layOut(plan.parameters(), mesh.shards().size());
    shardElements = parameters.stream().mapToLong(ShardedParameter::stride).sum() + FLAG_ELEMENTS;
    storedType = plan.type();
    computeType = policy.paramDtype().orElse(storedType);
    try (TensorScope scope = TensorScope.open()) {
      flatShard = TensorScope.keep(zeros(shardElements, storedType));
      boolean shared = mesh.shards().size() == 1 && computeType == storedType;
      if (shared) {
        flatGathered = flatShard;
        gatheredStorage = Optional.empty();
      } else {
        flatGathered = TensorScope.keep(zeros(shardElements * mesh.shards().size(), computeType));
        gatheredStorage = Optional.of(new ResizableStorage(flatGathered));
      }
      int rank = mesh.shards().rank();
      for (ShardedParameter placed : parameters) {
        Parameter parameter = placed.parameter();
        // variable_data: same memory, but versions of its own and no history as a view, so that
        // refilling the memory does not look like a change to what autograd has saved.
        Tensor whole = placed.gatheredView(flatGathered).variable_data();
        whole.requires_grad_(parameter.trainable());
        wholeTensors.add(TensorScope.keep(whole));
        Tensor shard = placed.shardView(flatShard, placed.offset(), rank).variable_data();
        if (parameter.materialized()) {
          shard.copy_(placed.rowsOf(parameter.data().detach(), rank));
        }
        parameter.setData(shard);
        int position = wholeTensors.size() - 1;
        parameter.gatherThrough(() -> whole(position));
      }
    }
    gatheredStorage.ifPresent(ResizableStorage::free);
  }

  /** Position among the groups. */
  int index() {
    return index;
  }

  /** Path of the group's module, for messages. */
  String label() {
    return label;
  }

  List<ShardedParameter> parameters() {
    return parameters;
  }

  /** Type in which the weights are used. */
  ScalarType computeType() {
    return computeType;
  }

  /** Type in which shards and their gradients are stored. */
  ScalarType storedType() {
    return storedType;
  }

  /** The leaf that computations use in place of a parameter; its memory may not be there. */
  Tensor wholeLeaf(int position) {
    return wholeTensors.get(position);
  }

  /** Whether resharding gives memory back. */
  boolean freesMemory() {
    return gatheredStorage.isPresent();
  }

  /** Bytes of shared memory that a gather of this group needs. */
  long scratchBytes() {
    int shards = mesh.shards().size();
    return shards == 1 ? 0 : (shards + 1) * shardElements * Scratch.elementBytes(computeType);
  }

  /** Makes the whole weights available; every rank does so at the same point. */
  void unshard(Scratch scratch) {
    if (state == State.UNSHARDED) {
      return;
    }
    if (!parameters.isEmpty() && gatheredStorage.isPresent()) {
      gatheredStorage.get().allocate();
      try (TensorScope scope = TensorScope.open()) {
        gather(scratch);
      }
    }
    state = State.UNSHARDED;
  }

  /** Gives the memory of the whole weights back. */
  void reshard() {
    if (state == State.UNSHARDED) {
      gatheredStorage.ifPresent(ResizableStorage::free);
      state = State.SHARDED;
    }
  }

  /** Number that stands for an operation of this group. */
  long fingerprint(int operation, int detail) {
    return ((long) operation << 56) | ((long) index << 32) | (detail & 0xffffffffL);
  }

  /** Lets go of the memory; that of the shards stays as long as the parameters hold it. */
  @Override
  public void close() {
    wholeTensors.forEach(TensorScope::release);
    if (gatheredStorage.isPresent()) {
      TensorScope.release(flatGathered);
    }
    TensorScope.release(flatShard);
  }

  private void gather(Scratch scratch) {
    if (mesh.shards().size() == 1) {
      flatGathered.copy_(flatShard);
      return;
    }
    long fingerprint = fingerprint(1, 0);
    mesh.order().beforeExchange(fingerprint, this::describeGather, () -> gatherNothing(scratch));
    Tensor rows = exchange(scratch, flatShard);
    mesh.order().afterExchange(flagged(rows), fingerprint, this::describeGather);
    for (ShardedParameter placed : parameters) {
      placed.gatheredRows(flatGathered).copy_(placed.exchangedRows(rows));
    }
  }

  /** Takes part in the gather with the flag raised; what comes out is of no use. */
  private void gatherNothing(Scratch scratch) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor flagged = zeros(shardElements, storedType);
      flagged.narrow(0, shardElements - FLAG_ELEMENTS, 1).fill_(new Scalar(1));
      exchange(scratch, flagged);
    }
  }

  private Tensor exchange(Scratch scratch, Tensor shard) {
    int shards = mesh.shards().size();
    Tensor input = shard;
    if (computeType != storedType) {
      input = scratch.part(0, shardElements, computeType);
      input.copy_(shard);
    }
    long start = shardElements * Scratch.elementBytes(computeType);
    Tensor output = scratch.part(start, shards * shardElements, computeType);
    mesh.shards().allGather(output, input).await();
    return output.view(shards, shardElements);
  }

  private boolean flagged(Tensor rows) {
    return rows.narrow(1, shardElements - FLAG_ELEMENTS, 1).max().item_double() > 0.0;
  }

  private String describeGather() {
    return "gather the weights of " + label;
  }

  private Tensor whole(int position) {
    if (state == State.SHARDED) {
      throw new FsdpException(
          FsdpException.Kind.SHARDED,
          String.format(
              "Cannot use parameter %s: it is spread over the ranks; use it inside the forward"
                  + " computation of its module %s",
              parameters.get(position).parameter().name(), label));
    }
    return wholeTensors.get(position);
  }

  private static Tensor zeros(long elements, ScalarType type) {
    return torch.zeros(new long[] {elements}, new TensorOptions(type));
  }
}
