package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.ResizableStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The weights that one module's forward computation needs, with one all-gather to make them whole.
 *
 * <p>The group owns this rank's padded shards in one flat tensor, whose views are the parameters'
 * data, and the memory of the gathered tensors, which is there only while the group is unsharded.
 * With one shard in the computation's type both are the same memory, and with one rank the same
 * tensors: then there is nothing to gather nor to average.
 */
final class ShardGroup implements AutoCloseable {
  /** Elements at the end of each exchanged row; the first one is the flag of {@link Lockstep}. */
  static final long FLAG_ELEMENTS = 32;

  private enum State {
    SHARDED,
    /** Some rows are here, more than this rank's shard; see {@link KeptRows}. */
    KEPT,
    GATHERING,
    UNSHARDED
  }

  private final int index;
  private final String label;
  private final List<ShardedParameter> parameters;
  private final List<Tensor> wholeTensors = new ArrayList<>();
  private final long shardElements;
  private final ScalarType storedType;
  private final ScalarType computeType;
  private final Tensor flatShard;
  private final Tensor flatGathered;
  private final Optional<ResizableStorage> gatheredStorage;
  private final Optional<GroupGather> gather;
  private final Optional<KeptRows> between;
  private final Residence residence;
  private final boolean converts;
  private final boolean trivial;
  private State state = State.SHARDED;

  /**
   * Cuts the parameters of a group; afterwards their data are shards. Those of parameters without
   * storage are zeros, and no more than this rank's rows is ever allocated.
   *
   * @param index position among the groups, the same on every rank
   * @param plan the group's parameters, whole or only declared
   */
  ShardGroup(int index, WrapPlan.Group plan, ShardMesh mesh, FsdpSettings settings) {
    this.index = index;
    this.label = plan.label();
    parameters = ShardedParameter.layOut(plan.parameters(), mesh.shards().size());
    shardElements = parameters.stream().mapToLong(ShardedParameter::stride).sum() + FLAG_ELEMENTS;
    storedType = plan.type();
    MixedPrecisionPolicy policy = settings.mixedPrecision();
    residence = settings.residence();
    computeType = policy.paramDtype().orElse(storedType);
    converts = computeType != storedType || residence.copies();
    boolean shared = mesh.shards().size() == 1 && !converts;
    trivial = shared && mesh.ranks() == 1 && policy.reduceDtype().orElse(storedType) == storedType;
    try (TensorScope scope = TensorScope.open()) {
      flatShard = TensorScope.keep(residence.stored(shardElements, storedType));
      if (shared) {
        flatGathered = flatShard;
        gatheredStorage = Optional.empty();
      } else {
        // Not even zeroed: pages that nobody writes to are no memory.
        flatGathered =
            TensorScope.keep(residence.computed(shardElements * mesh.shards().size(), computeType));
        gatheredStorage = Optional.of(new ResizableStorage(flatGathered));
      }
      int rank = mesh.shards().rank();
      for (ShardedParameter placed : parameters) {
        Parameter parameter = placed.parameter();
        Tensor shard = placed.shardView(flatShard, placed.offset(), rank).variable_data();
        if (parameter.materialized()) {
          shard.copy_(placed.rowsOf(parameter.data().detach(), rank));
        }
        parameter.setData(shard);
        wholeTensors.add(trivial ? shard : wholeLeaf(placed));
        int position = wholeTensors.size() - 1;
        parameter.gatherThrough(() -> whole(position));
      }
    }
    gather =
        mesh.shards().size() > 1 && !parameters.isEmpty()
            ? Optional.of(new GroupGather(this, mesh.shards(), flatGathered))
            : Optional.empty();
    between =
        gather.flatMap(
            shards ->
                mesh.between()
                    .map(few -> new KeptRows(this, few, mesh.shards().size(), flatGathered)));
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

  /** Where the tensors live. */
  Residence residence() {
    return residence;
  }

  /** Whether a gather starts from a copy of the shards, in another type or another place. */
  boolean converts() {
    return converts;
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

  /** This rank's padded shards, one after the other, and the flag at the end. */
  Tensor flatShard() {
    return flatShard;
  }

  /** Whether the whole weights are what the optimizer updates, gradients included. */
  boolean trivial() {
    return trivial;
  }

  /**
   * Starts to make the whole weights available, if they are not and nobody started it yet; every
   * rank does so at the same point. The rank computes on meanwhile.
   */
  void startGather(Exchanges exchanges) {
    if (state == State.KEPT) {
      exchanges.start(between.orElseThrow().gather());
      state = State.GATHERING;
    } else if (state != State.SHARDED) {
      return;
    } else if (gather.isPresent()) {
      exchanges.start(gather.get());
      state = State.GATHERING;
    } else {
      allocateGathered();
      if (converts && !parameters.isEmpty()) {
        try (TensorScope scope = TensorScope.open()) {
          flatGathered.copy_(flatShard);
        }
      }
      state = State.UNSHARDED;
    }
  }

  /** Makes the whole weights available; every rank does so at the same point. */
  void unshard(Exchanges exchanges) {
    startGather(exchanges);
    if (state == State.GATHERING) {
      exchanges.complete(gather.orElseThrow());
      between.ifPresent(kept -> exchanges.complete(kept.gather()));
    }
  }

  /** Whether making the weights whole is an exchange that could start early. */
  boolean gathersLater() {
    return gather.isPresent() && (state == State.SHARDED || state == State.KEPT);
  }

  /** Bytes of memory that an exchange for it needs at most; 0 if there is none. */
  long gatherBytes() {
    return gather.map(GroupGather::scratchBytes).orElse(0L);
  }

  void allocateGathered() {
    gatheredStorage.ifPresent(ResizableStorage::allocate);
  }

  /** Notes that the gather has filled the memory of the whole weights. */
  void gathered() {
    state = State.UNSHARDED;
    between.ifPresent(KeptRows::free);
  }

  /** Gives the memory of the whole weights back until backward, which may find some of it. */
  void reshardUntilBackward() {
    if (state != State.UNSHARDED || between.isEmpty()) {
      reshard();
      return;
    }
    between.get().keep();
    gatheredStorage.ifPresent(ResizableStorage::free);
    state = State.KEPT;
  }

  /** Gives the memory of the whole weights back, and what was kept of them. */
  void reshard() {
    if (state == State.UNSHARDED || state == State.KEPT) {
      abandon();
    }
  }

  /** Gives the memory of the whole weights back after a failure, whatever is under way. */
  void abandon() {
    gatheredStorage.ifPresent(ResizableStorage::free);
    between.ifPresent(KeptRows::free);
    state = State.SHARDED;
  }

  /** Number that stands for an operation of this group. */
  long fingerprint(int operation, int detail) {
    return ((long) operation << 56) | ((long) index << 32) | (detail & 0xffffffffL);
  }

  /** Lets go of the memory; that of the shards stays as long as the parameters hold it. */
  @Override
  public void close() {
    gather.ifPresent(GroupGather::close);
    between.ifPresent(KeptRows::close);
    if (!trivial) {
      wholeTensors.forEach(TensorScope::release);
    }
    if (gatheredStorage.isPresent()) {
      TensorScope.release(flatGathered);
    }
    TensorScope.release(flatShard);
  }

  /** The leaf that computations use in place of a parameter. */
  private Tensor wholeLeaf(ShardedParameter placed) {
    // variable_data: same memory, but versions of its own and no history as a view, so that
    // refilling the memory does not look like a change to what autograd has saved.
    Tensor whole = placed.gatheredView(flatGathered).variable_data();
    whole.requires_grad_(placed.parameter().trainable());
    return TensorScope.keep(whole);
  }

  private Tensor whole(int position) {
    if (state != State.UNSHARDED) {
      throw new FsdpException(
          FsdpException.Kind.SHARDED,
          String.format(
              "Cannot use parameter %s: it is spread over the ranks; use it inside the forward"
                  + " computation of its module %s",
              parameters.get(position).parameter().name(), label));
    }
    return wholeTensors.get(position);
  }
}
