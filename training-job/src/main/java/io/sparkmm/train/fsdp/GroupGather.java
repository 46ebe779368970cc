package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.torch.BoxedOperator;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** An all-gather of a group's weights, from shards or from what was kept of them after forward. */
final class GroupGather implements Exchange, AutoCloseable {
  private static final BoxedOperator COPY_ALL = BoxedOperator.find("aten::_foreach_copy_", "");
  private static final IValue BLOCKING = forever(new IValue(false));

  /** Views of an exchange's memory: this rank's row if it is converted, all rows, their flags. */
  private record Views(Tensor input, Tensor output, Tensor flags, IValue weights)
      implements AutoCloseable {
    @Override
    public void close() {
      TensorScope.release(input);
      TensorScope.release(output);
      TensorScope.release(flags);
      weights.releaseReference();
    }
  }

  private final ShardGroup group;
  private final Collectives ranks;
  private final ScalarType type;
  private final Tensor source;
  private final boolean converts;
  private final int kind;
  private final long rowElements;
  private final ScratchViews<Views> views = new ScratchViews<>(this::views);
  private final IValue targets;

  /**
   * Prepares the gather of the shards.
   *
   * @param gathered memory of the whole weights; views of it are made, so its storage is there
   */
  GroupGather(ShardGroup group, Collectives shards, Tensor gathered) {
    this(group, shards, gathered, group.flatShard(), group.converts(), 0);
  }

  /**
   * Prepares a gather of kept rows.
   *
   * @param ranks the ranks that have a copy together
   * @param kept this rank's rows, in the computation's type; its storage may come later
   */
  GroupGather(ShardGroup group, Collectives ranks, Tensor gathered, Tensor kept) {
    this(group, ranks, gathered, kept, false, 1);
  }

  private GroupGather(
      ShardGroup group,
      Collectives ranks,
      Tensor gathered,
      Tensor source,
      boolean converts,
      int kind) {
    this.group = group;
    this.ranks = ranks;
    this.source = source;
    this.converts = converts;
    this.kind = kind;
    type = group.computeType();
    rowElements = group.flatShard().numel();
    try (TensorScope scope = TensorScope.open()) {
      List<Tensor> rows = new ArrayList<>();
      group.parameters().forEach(placed -> rows.add(placed.gatheredRows(gathered)));
      targets = forever(BoxedOperator.tensors(rows));
    }
  }

  @Override
  public long fingerprint() {
    return group.fingerprint(1, kind);
  }

  @Override
  public String describe() {
    return "gather the weights of " + group.label();
  }

  @Override
  public long scratchBytes() {
    return (ranks.size() + (converts ? 1 : 0)) * source.numel() * Scratch.elementBytes(type);
  }

  @Override
  public Collectives.Pending start(Scratch memory, boolean empty) {
    Views here = views.of(memory);
    Tensor input = source;
    if (empty) {
      input = group.residence().computed(source.numel(), type).zero_();
      input.narrow(0, source.numel() - ShardGroup.FLAG_ELEMENTS, 1).fill_(new Scalar(1));
    } else if (converts) {
      input = here.input();
      input.copy_(source);
    }
    return ranks.allGather(here.output(), input);
  }

  @Override
  public boolean flagged(Scratch memory) {
    return views.of(memory).flags().max().item_double() > 0.0;
  }

  @Override
  public void take(Scratch memory) {
    group.allocateGathered();
    copyAll(targets, views.of(memory).weights());
    group.gathered();
  }

  @Override
  public void close() {
    views.close();
    targets.releaseReference();
  }

  private Views views(Scratch memory) {
    long bytes = Scratch.elementBytes(type);
    long start = converts ? rowElements : 0;
    Tensor input = memory.part(0, start, type);
    Tensor output = memory.part(start * bytes, ranks.size() * source.numel(), type);
    Tensor rows = output.view(-1, rowElements);
    List<Tensor> weights = new ArrayList<>();
    group.parameters().forEach(placed -> weights.add(placed.exchangedRows(rows)));
    return new Views(
        TensorScope.keep(input),
        TensorScope.keep(output),
        TensorScope.keep(rows.narrow(1, rowElements - ShardGroup.FLAG_ELEMENTS, 1)),
        forever(BoxedOperator.tensors(weights)));
  }

  /** Copies a list of tensors into another one, element by element. */
  static void copyAll(IValue targets, IValue sources) {
    COPY_ALL.call(targets, sources, BLOCKING);
  }

  /** A value that outlives the current scope; whoever asked for it releases it. */
  static IValue forever(IValue value) {
    value.retainReference();
    return value;
  }
}
