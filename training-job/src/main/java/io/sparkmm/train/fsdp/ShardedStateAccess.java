package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Parameters of a sharded model. */
final class ShardedStateAccess implements StateAccess {
  private final Map<String, ShardedParameter> byName = new LinkedHashMap<>();
  private final List<ShardGroup> groups;
  private final ShardMesh mesh;
  private final DeclaredWeights declared;
  private boolean complete;

  /**
   * Makes the access.
   *
   * @param declared parameters that have no values yet
   */
  ShardedStateAccess(
      Module root, List<ShardGroup> groups, ShardMesh mesh, DeclaredWeights declared) {
    this.groups = List.copyOf(groups);
    this.mesh = mesh;
    this.declared = declared;
    complete = declared.isEmpty();
    Map<Parameter, ShardedParameter> placed = new IdentityHashMap<>();
    for (ShardGroup group : groups) {
      group.parameters().forEach(each -> placed.put(each.parameter(), each));
    }
    root.namedParameters().forEach((name, parameter) -> byName.put(name, placed.get(parameter)));
  }

  @Override
  public List<String> names() {
    return List.copyOf(byName.keySet());
  }

  @Override
  public Tensor gather(String name) {
    ShardedParameter placed = find(name);
    mesh.order().agree((4L << 56) | (name.hashCode() & 0xffffffffL), () -> "read weight " + name);
    Tensor shard = placed.parameter().data().detach();
    Tensor padded = torch.zeros(new long[] {placed.shardElements()}, shard.options());
    Tensor all =
        torch.empty(
            new long[] {placed.shardElements() * mesh.shards().size()},
            shard.options(),
            new org.bytedeco.pytorch.MemoryFormatOptional());
    padded.narrow(0, 0, shard.numel()).copy_(shard.reshape(-1));
    mesh.shards().allGather(all, padded).await();
    return all.narrow(0, 0, placed.parameter().elements()).view(placed.parameter().shape());
  }

  @Override
  public void load(String name, Tensor whole) {
    ShardedParameter placed = find(name);
    try (TensorScope scope = TensorScope.open()) {
      requireShape("weight " + name, whole, placed.parameter().shape());
      set(placed.parameter(), placed.rowsOf(whole.detach(), mesh.shards().rank()));
    }
  }

  @Override
  public ShardRows rows(String name) {
    ShardedParameter placed = find(name);
    int rank = mesh.shards().rank();
    return new ShardRows(
        placed.parameter(), placed.layout().firstRow(rank), placed.layout().rowCount(rank));
  }

  @Override
  public boolean keeps(String name) {
    find(name);
    return mesh.replicas().rank() == 0;
  }

  @Override
  public void loadRows(String name, Tensor rows) {
    ShardRows expected = rows(name);
    try (TensorScope scope = TensorScope.open()) {
      requireShape(
          String.format(
              "rows %d to %d of weight %s",
              expected.first(), expected.first() + expected.count(), name),
          rows,
          expected.shape());
      set(expected.parameter(), rows.detach());
    }
  }

  @Override
  public void complete() {
    if (complete) {
      return;
    }
    declared.requireFilled();
    long[] own = groups.stream().mapToLong(group -> WeightFingerprint.of(members(group))).toArray();
    long[][] everyones = Fingerprints.exchange(mesh.all(), own);
    int shards = mesh.shards().size();
    for (int rank = shards; rank < everyones.length; rank++) {
      for (ShardGroup group : groups) {
        long here = everyones[rank][group.index()];
        long first = everyones[rank % shards][group.index()];
        if (here != first) {
          throw new CollectiveException(
              String.format(
                  "Cannot go on: ranks %d and %d hold the same rows of %s with different values"
                      + " (fingerprints %016x and %016x); initialise or load all ranks alike",
                  rank % shards, rank, group.label(), first, here));
        }
      }
    }
    complete = true;
  }

  private static List<Parameter> members(ShardGroup group) {
    return group.parameters().stream().map(ShardedParameter::parameter).toList();
  }

  private void set(Parameter parameter, Tensor rows) {
    parameter.data().detach().copy_(rows);
    declared.filled(parameter);
  }

  private static void requireShape(String what, Tensor tensor, long[] expected) {
    long[] shape = tensor.sizes().vec().get();
    if (!Arrays.equals(shape, expected)) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot load %s: shape is %s, expected %s",
              what, Arrays.toString(shape), Arrays.toString(expected)));
    }
  }

  private ShardedParameter find(String name) {
    ShardedParameter placed = byName.get(name);
    if (placed == null) {
      throw new IllegalArgumentException(
          "Cannot find weight " + name + ": the model has no parameter of that name");
    }
    return placed;
  }
}
