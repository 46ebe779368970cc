package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Parameters of a sharded model. */
final class ShardedStateAccess implements StateAccess {
  private final Map<String, Place> byName = new LinkedHashMap<>();

  /** A parameter, and where its shard lies; an ignored one has no such place. */
  private record Place(Parameter parameter, Optional<ShardedParameter> shard) {}

  private final List<List<Parameter>> groups = new ArrayList<>();
  private final List<String> labels = new ArrayList<>();
  private final List<Parameter> ignored;
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
    this.mesh = mesh;
    this.declared = declared;
    complete = declared.isEmpty();
    Map<Parameter, ShardedParameter> placed = new IdentityHashMap<>();
    for (ShardGroup group : groups) {
      group.parameters().forEach(each -> placed.put(each.parameter(), each));
      this.groups.add(group.parameters().stream().map(ShardedParameter::parameter).toList());
      labels.add(group.label());
    }
    root.namedParameters()
        .forEach(
            (name, parameter) ->
                byName.put(name, new Place(parameter, Optional.ofNullable(placed.get(parameter)))));
    ignored =
        byName.values().stream()
            .filter(place -> place.shard().isEmpty())
            .map(Place::parameter)
            .distinct()
            .toList();
  }

  @Override
  public List<String> names() {
    return List.copyOf(byName.keySet());
  }

  @Override
  public Tensor gather(String name) {
    Place place = find(name);
    if (place.shard().isEmpty()) {
      return place.parameter().data().detach().clone();
    }
    ShardedParameter placed = place.shard().get();
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
    Place place = find(name);
    try (TensorScope scope = TensorScope.open()) {
      requireShape("weight " + name, whole, place.parameter().shape());
      Tensor values = whole.detach();
      int rank = mesh.shards().rank();
      set(place.parameter(), place.shard().map(shard -> shard.rowsOf(values, rank)).orElse(values));
    }
  }

  @Override
  public ShardRows rows(String name) {
    Place place = find(name);
    if (place.shard().isEmpty()) {
      return ShardRows.all(place.parameter());
    }
    ShardLayout layout = place.shard().get().layout();
    int rank = mesh.shards().rank();
    return new ShardRows(place.parameter(), layout.firstRow(rank), layout.rowCount(rank));
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
    long[] own =
        Stream.concat(groups.stream(), Stream.of(ignored))
            .mapToLong(WeightFingerprint::of)
            .toArray();
    long[][] everyones = Fingerprints.exchange(mesh.all(), own);
    int shards = mesh.shards().size();
    for (int rank = 1; rank < everyones.length; rank++) {
      int twin = rank % shards;
      for (int group = 0; group < groups.size() && twin != rank; group++) {
        requireEqual(
            new int[] {twin, rank}, everyones, group, "the same rows of " + labels.get(group));
      }
      requireEqual(new int[] {0, rank}, everyones, groups.size(), "ignored modules");
    }
    complete = true;
  }

  private static void requireEqual(int[] ranks, long[][] everyones, int number, String what) {
    long first = everyones[ranks[0]][number];
    long other = everyones[ranks[1]][number];
    if (first != other) {
      throw new CollectiveException(
          String.format(
              "Cannot go on: ranks %d and %d hold %s with different values (fingerprints %016x and"
                  + " %016x); initialise or load all ranks alike",
              ranks[0], ranks[1], what, first, other));
    }
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

  private Place find(String name) {
    Place place = byName.get(name);
    if (place == null) {
      throw new IllegalArgumentException(
          "Cannot find weight " + name + ": the model has no parameter of that name");
    }
    return place;
  }
}
