package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The average over all ranks of the gradients of ignored parameters of one type. */
final class IgnoredGradients implements Exchange, AutoCloseable {
  private static final long ALIGNMENT = 32;

  /** A parameter, and the leaf that computations use, whose gradient is that of one pass. */
  private record Member(Parameter parameter, Tensor leaf, long offset) {}

  /** Views of an exchange's memory: all of it, each member's part, and the flags. */
  private record Views(Tensor all, List<Tensor> parts, Tensor flags) implements AutoCloseable {
    @Override
    public void close() {
      TensorScope.release(all);
      parts.forEach(TensorScope::release);
      TensorScope.release(flags);
    }
  }

  private final int index;
  private final ScalarType type;
  private final ShardMesh mesh;
  private final List<Member> members = new ArrayList<>();
  private final BitSet exchanged = new BitSet();
  private final ScratchViews<Views> views = new ScratchViews<>(this::views);
  private final Tensor undefined;
  private final long elements;

  /**
   * Makes parameters compute through leaves of their own.
   *
   * @param index a number that no group has
   */
  IgnoredGradients(int index, ScalarType type, List<Parameter> parameters, GroupContext context) {
    this.index = index;
    this.type = type;
    mesh = context.mesh().whole();
    long offset = 0;
    try (TensorScope scope = TensorScope.open()) {
      undefined = TensorScope.keep(new Tensor());
      for (Parameter parameter : parameters) {
        Tensor leaf = TensorScope.keep(parameter.data().variable_data());
        leaf.requires_grad_(true);
        parameter.gatherThrough(() -> leaf);
        members.add(new Member(parameter, leaf, offset));
        offset += (parameter.elements() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      }
    }
    elements = offset + ShardGroup.FLAG_ELEMENTS;
  }

  /** Whether a pass has left gradients that were not averaged yet. */
  boolean pending() {
    return !present().isEmpty();
  }

  @Override
  public long fingerprint() {
    return (6L << 56) | ((long) index << 32) | (present().hashCode() & 0xffffffffL);
  }

  @Override
  public String describe() {
    return "average the gradients of ignored modules in " + type;
  }

  @Override
  public long scratchBytes() {
    return elements * Scratch.elementBytes(type);
  }

  @Override
  public Collectives.Pending start(Scratch memory, boolean empty) {
    Views here = views.of(memory);
    here.all().zero_();
    if (empty) {
      here.flags().fill_(new Scalar(1));
    } else {
      BitSet present = present();
      for (int i = present.nextSetBit(0); i >= 0; i = present.nextSetBit(i + 1)) {
        Tensor leaf = members.get(i).leaf();
        here.parts().get(i).copy_(leaf.grad());
        leaf.mutable_grad().put(undefined);
      }
      exchanged.clear();
      exchanged.or(present);
    }
    return mesh.average(here.all(), here.all());
  }

  @Override
  public boolean flagged(Scratch memory) {
    return views.of(memory).flags().max().item_double() > 0.0;
  }

  @Override
  public void take(Scratch memory) {
    Views here = views.of(memory);
    for (int i = exchanged.nextSetBit(0); i >= 0; i = exchanged.nextSetBit(i + 1)) {
      Tensor data = members.get(i).parameter().data();
      Tensor sum = data.grad();
      if (sum.defined()) {
        sum.add_(here.parts().get(i));
      } else {
        data.mutable_grad().put(here.parts().get(i).clone());
      }
    }
  }

  /** Forgets gradients that a failed backward pass left. */
  void dropPending() {
    members.forEach(member -> member.leaf().mutable_grad().put(undefined));
  }

  @Override
  public void close() {
    views.close();
    members.forEach(member -> TensorScope.release(member.leaf()));
    TensorScope.release(undefined);
  }

  private BitSet present() {
    BitSet present = new BitSet();
    for (int i = 0; i < members.size(); i++) {
      present.set(i, members.get(i).leaf().grad().defined());
    }
    return present;
  }

  private Views views(Scratch memory) {
    Tensor all = TensorScope.keep(memory.part(0, elements, type));
    List<Tensor> parts = new ArrayList<>();
    for (Member member : members) {
      Parameter parameter = member.parameter();
      parts.add(
          TensorScope.keep(
              all.narrow(0, member.offset(), parameter.elements()).view(parameter.shape())));
    }
    return new Views(
        all,
        parts,
        TensorScope.keep(
            all.narrow(0, elements - ShardGroup.FLAG_ELEMENTS, ShardGroup.FLAG_ELEMENTS)));
  }
}
