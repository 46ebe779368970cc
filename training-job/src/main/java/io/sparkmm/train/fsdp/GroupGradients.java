package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.GradientHooks;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The gradients of one group: collects those of the whole weights during a backward pass, averages
 * them over the ranks in one reduce-scatter and adds the result to the gradients of the shards.
 *
 * <p>Where whole weights and shards are the same tensors, autograd has added to the shards'
 * gradients already, and nothing is left to do.
 */
final class GroupGradients implements Exchange, AutoCloseable {
  private record Member(ShardedParameter placed, Tensor leaf) {}

  /** Views of an exchange's memory: a row per shard with its flags, and this rank's average. */
  private record Views(
      Tensor input, Tensor inputFlags, Tensor output, Tensor outputFlags, List<GradientRows> rows)
      implements AutoCloseable {
    @Override
    public void close() {
      List.of(input, inputFlags, output, outputFlags).forEach(TensorScope::release);
      rows.forEach(GradientRows::close);
    }
  }

  private final ShardGroup group;
  private final ShardMesh mesh;
  private final ScalarType reduceType;
  private final List<Member> members = new ArrayList<>();
  private final List<GradientHooks.Subscription> hooks = new ArrayList<>();
  private final BitSet present = new BitSet();
  private final BitSet exchanged = new BitSet();
  private final ScratchViews<Views> views = new ScratchViews<>(this::views);
  private final long rowElements;
  private final Tensor undefined;
  private Optional<Tensor> flat = Optional.empty();
  private final List<Tensor> shardGradients = new ArrayList<>();
  private boolean accumulating;

  /**
   * Watches the gradients of a group's whole weights.
   *
   * @param completion called in a backward pass when the last gradient of the group is there
   */
  GroupGradients(
      ShardGroup group, ShardMesh mesh, MixedPrecisionPolicy policy, Runnable completion) {
    this.group = group;
    this.mesh = mesh;
    reduceType = policy.reduceDtype().orElse(group.computeType());
    long total = 0;
    try (TensorScope scope = TensorScope.open()) {
      undefined = TensorScope.keep(new Tensor());
    }
    for (int position = 0; position < group.parameters().size(); position++) {
      ShardedParameter placed = group.parameters().get(position);
      if (placed.parameter().trainable()) {
        int bit = members.size();
        Member member = new Member(placed, group.wholeLeaf(position));
        members.add(member);
        if (!group.trivial()) {
          hooks.add(GradientHooks.afterAccumulation(member.leaf(), () -> arrived(bit, completion)));
        }
        total += placed.stride();
      }
    }
    rowElements = total + ShardGroup.FLAG_ELEMENTS;
  }

  /** Whether the group has parameters whose gradients have to be averaged. */
  boolean expected() {
    return !hooks.isEmpty();
  }

  /** Whether some gradients are there that were not averaged yet. */
  boolean pending() {
    return !present.isEmpty();
  }

  @Override
  public long fingerprint() {
    return group.fingerprint(2, present.hashCode());
  }

  @Override
  public String describe() {
    return "average the gradients of " + group.label();
  }

  @Override
  public long scratchBytes() {
    int shards = mesh.shards().size();
    return (shards == 1 ? 1 : shards + 1) * rowElements * Scratch.elementBytes(reduceType);
  }

  @Override
  public Collectives.Pending start(Scratch memory, boolean empty) {
    Views here = views.of(memory);
    if (empty) {
      here.input().zero_();
      here.inputFlags().fill_(new Scalar(1));
    } else {
      here.inputFlags().zero_();
      for (int i = 0; i < members.size(); i++) {
        if (present.get(i)) {
          here.rows().get(i).write(members.get(i).leaf().grad());
          members.get(i).leaf().mutable_grad().put(undefined);
        } else {
          here.rows().get(i).clear();
        }
      }
      exchanged.clear();
      exchanged.or(present);
      present.clear();
    }
    return mesh.average(here.output(), here.input());
  }

  @Override
  public boolean flagged(Scratch memory) {
    return mesh.ranks() > 1 && views.of(memory).outputFlags().max().item_double() > 0.0;
  }

  @Override
  public void take(Scratch memory) {
    Tensor reduced = views.of(memory).output();
    if (flat.isEmpty()) {
      allocate();
    }
    if (accumulating) {
      flat.get().add_(group.residence().storedLike(flat.get(), reduced));
    } else {
      flat.get().copy_(reduced);
      accumulating = true;
    }
    for (int i = exchanged.nextSetBit(0); i >= 0; i = exchanged.nextSetBit(i + 1)) {
      shard(members.get(i)).mutable_grad().put(shardGradients.get(i));
    }
  }

  /** Forgets the gradients of the shards. */
  void clear() {
    for (Member member : members) {
      shard(member).mutable_grad().put(undefined);
    }
    accumulating = false;
  }

  /** Forgets gradients of whole weights that a failed backward pass left. */
  void dropPending() {
    for (int i = present.nextSetBit(0); i >= 0; i = present.nextSetBit(i + 1)) {
      members.get(i).leaf().mutable_grad().put(undefined);
    }
    present.clear();
  }

  @Override
  public void close() {
    hooks.forEach(GradientHooks.Subscription::close);
    views.close();
    shardGradients.forEach(TensorScope::release);
    flat.ifPresent(TensorScope::release);
    TensorScope.release(undefined);
  }

  /** Names of parameters without gradient in a group where others have one. */
  List<String> missing() {
    List<String> names = new ArrayList<>();
    for (int i = 0; pending() && i < members.size(); i++) {
      if (!present.get(i)) {
        names.add(members.get(i).placed().parameter().name());
      }
    }
    return names;
  }

  private void arrived(int bit, Runnable completion) {
    present.set(bit);
    if (present.cardinality() == members.size()) {
      completion.run();
    }
  }

  private static Tensor shard(Member member) {
    return member.placed().parameter().data();
  }

  private void allocate() {
    int rank = mesh.shards().rank();
    Tensor memory = TensorScope.keep(group.residence().stored(rowElements, group.storedType()));
    for (Member member : members) {
      shardGradients.add(
          TensorScope.keep(
              member.placed().shardView(memory, member.placed().gradientOffset(), rank)));
    }
    flat = Optional.of(memory);
  }

  private Views views(Scratch memory) {
    int shards = mesh.shards().size();
    Tensor input = TensorScope.keep(memory.part(0, shards * rowElements, reduceType));
    long start = shards == 1 ? 0 : shards * rowElements * Scratch.elementBytes(reduceType);
    Tensor output = TensorScope.keep(memory.part(start, rowElements, reduceType));
    Tensor rows = input.view(shards, rowElements);
    return new Views(
        input,
        TensorScope.keep(flags(rows)),
        output,
        TensorScope.keep(flags(output.view(1, rowElements))),
        members.stream().map(member -> new GradientRows(member.placed(), rows)).toList());
  }

  /** The flags at the ends of rows. */
  private Tensor flags(Tensor rows) {
    return rows.narrow(1, rowElements - ShardGroup.FLAG_ELEMENTS, ShardGroup.FLAG_ELEMENTS);
  }
}
