package io.sparkmm.train.fsdp;

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

/** Whole parameters of a sharded model. */
final class ShardedStateAccess implements StateAccess {
  private final Map<String, ShardedParameter> byName = new LinkedHashMap<>();
  private final ShardMesh mesh;

  ShardedStateAccess(Module root, List<ShardGroup> groups, ShardMesh mesh) {
    this.mesh = mesh;
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
      long[] shape = whole.sizes().vec().get();
      if (!Arrays.equals(shape, placed.parameter().shape())) {
        throw new IllegalArgumentException(
            String.format(
                "Cannot load weight %s: shape is %s, expected %s",
                name, Arrays.toString(shape), Arrays.toString(placed.parameter().shape())));
      }
      Tensor shard = placed.parameter().data().detach();
      shard.copy_(placed.rowsOf(whole.detach(), mesh.shards().rank()));
    }
  }

  @Override
  public HeldRows held(String name) {
    ShardLayout layout = find(name).layout();
    int shard = mesh.shards().rank();
    return new HeldRows(
        layout.firstRow(shard), layout.rowCount(shard), mesh.replicas().rank() == 0);
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
