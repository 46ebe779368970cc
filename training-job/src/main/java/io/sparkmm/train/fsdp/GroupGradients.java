package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.GradientHooks;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The gradients of one group: collects those of the whole weights during a backward pass, averages
 * them over the ranks in one reduce-scatter and adds the result to the gradients of the shards.
 */
final class GroupGradients implements AutoCloseable {
  private static final class Member {
    final ShardedParameter placed;
    final Tensor leaf;
    Tensor view;

    Member(ShardedParameter placed, Tensor leaf) {
      this.placed = placed;
      this.leaf = leaf;
    }
  }

  private final ShardGroup group;
  private final ShardMesh mesh;
  private final ScalarType reduceType;
  private final List<Member> members = new ArrayList<>();
  private final List<GradientHooks.Subscription> hooks = new ArrayList<>();
  private final BitSet present = new BitSet();
  private final long rowElements;
  private final boolean padded;
  private final Tensor undefined;
  private Tensor flat;
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
    long used = 0;
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
        hooks.add(GradientHooks.afterAccumulation(member.leaf, () -> arrived(bit, completion)));
        used += placed.parameter().elements();
        total += placed.stride();
      }
    }
    rowElements = total + ShardGroup.FLAG_ELEMENTS;
    padded = used != total * mesh.shards().size();
  }

  /** Whether the group has parameters that get gradients. */
  boolean expected() {
    return !members.isEmpty();
  }

  /** Whether some gradients are there that were not averaged yet. */
  boolean pending() {
    return !present.isEmpty();
  }

  /** Bytes of shared memory that a reduction of this group needs. */
  long scratchBytes() {
    int shards = mesh.shards().size();
    return (shards == 1 ? 1 : shards + 1) * rowElements * Scratch.elementBytes(reduceType);
  }

  /**
   * Averages the gradients that are there and adds them to those of the shards.
   *
   * @throws io.sparkmm.train.comm.CollectiveException if other ranks have gradients of other
   *     parameters
   */
  void reduce(Scratch scratch) {
    long fingerprint = group.fingerprint(2, present.hashCode());
    mesh.order().beforeExchange(fingerprint, this::describe, () -> reduceNothing(scratch));
    try (TensorScope scope = TensorScope.open()) {
      Tensor input = input(scratch);
      if (padded || present.cardinality() < members.size()) {
        input.zero_();
      } else {
        flag(input).zero_();
      }
      Tensor rows = input.view(mesh.shards().size(), rowElements);
      for (int i = present.nextSetBit(0); i >= 0; i = present.nextSetBit(i + 1)) {
        Member member = members.get(i);
        member.placed.writeGradient(rows, member.leaf.grad());
        member.leaf.mutable_grad().put(undefined);
      }
      Tensor output = exchange(scratch, input);
      boolean flagged = mesh.ranks() > 1 && flag(output).max().item_double() > 0.0;
      mesh.order().afterExchange(flagged, fingerprint, this::describe);
      accumulate(output);
    }
    present.clear();
  }

  /** Takes part in the reduction with the flag raised; what comes out is of no use. */
  private void reduceNothing(Scratch scratch) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor input = input(scratch);
      input.zero_();
      flag(input).fill_(new Scalar(1));
      exchange(scratch, input);
    }
  }

  private Tensor input(Scratch scratch) {
    return scratch.part(0, mesh.shards().size() * rowElements, reduceType);
  }

  private Tensor exchange(Scratch scratch, Tensor input) {
    int shards = mesh.shards().size();
    Tensor output = input;
    if (shards > 1) {
      long start = shards * rowElements * Scratch.elementBytes(reduceType);
      output = scratch.part(start, rowElements, reduceType);
    }
    mesh.average(output, input);
    return output;
  }

  /** The flags at the ends of rows. */
  private Tensor flag(Tensor flat) {
    return flat.view(-1, rowElements)
        .narrow(1, rowElements - ShardGroup.FLAG_ELEMENTS, ShardGroup.FLAG_ELEMENTS);
  }

  /** Forgets the gradients of the shards. */
  void clear() {
    for (Member member : members) {
      member.placed.parameter().data().mutable_grad().put(undefined);
    }
    accumulating = false;
  }

  /** Forgets gradients of whole weights that a failed backward pass left. */
  void dropPending() {
    for (int i = present.nextSetBit(0); i >= 0; i = present.nextSetBit(i + 1)) {
      members.get(i).leaf.mutable_grad().put(undefined);
    }
    present.clear();
  }

  @Override
  public void close() {
    hooks.forEach(GradientHooks.Subscription::close);
    for (Member member : members) {
      if (member.view != null) {
        TensorScope.release(member.view);
      }
    }
    if (flat != null) {
      TensorScope.release(flat);
    }
    TensorScope.release(undefined);
  }

  private void arrived(int bit, Runnable completion) {
    present.set(bit);
    if (present.cardinality() == members.size()) {
      completion.run();
    }
  }

  private void accumulate(Tensor reduced) {
    if (flat == null) {
      allocate();
    }
    if (accumulating) {
      flat.add_(reduced);
    } else {
      flat.copy_(reduced);
      accumulating = true;
    }
    for (int i = present.nextSetBit(0); i >= 0; i = present.nextSetBit(i + 1)) {
      Member member = members.get(i);
      member.placed.parameter().data().mutable_grad().put(member.view);
    }
  }

  private void allocate() {
    flat =
        TensorScope.keep(
            torch.zeros(new long[] {rowElements}, new TensorOptions(group.storedType())));
    int rank = mesh.shards().rank();
    for (Member member : members) {
      member.view =
          TensorScope.keep(member.placed.shardView(flat, member.placed.gradientOffset(), rank));
    }
  }

  /** Names of parameters without gradient in a group where others have one. */
  List<String> missing() {
    List<String> names = new ArrayList<>();
    for (int i = 0; pending() && i < members.size(); i++) {
      if (!present.get(i)) {
        names.add(members.get(i).placed.parameter().name());
      }
    }
    return names;
  }

  private String describe() {
    return "average the gradients of " + group.label();
  }
}
