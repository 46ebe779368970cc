package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HookProblems;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A model that one rank trains as it is, without sharding. */
public final class UnshardedModel implements ParallelModel, StateAccess {
  private final Map<String, Parameter> byName;
  private final Collectives group = new LocalCollectives();

  /** Wraps a model whose parameters have storage. */
  public UnshardedModel(Module root) {
    byName = root.namedParameters();
  }

  @Override
  public List<Parameter> parameters() {
    return List.copyOf(byName.values());
  }

  @Override
  public Collectives shardGroup() {
    return group;
  }

  @Override
  public void backward(Tensor loss) {
    HookProblems.surface(() -> loss.backward());
  }

  @Override
  public void agree(long point, String what) {}

  @Override
  public void endForwardPass() {}

  @Override
  public void clearGradients() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor undefined = new Tensor();
      byName.values().forEach(parameter -> parameter.data().mutable_grad().put(undefined));
    }
  }

  @Override
  public CommunicationTime takeCommunicationTime() {
    return CommunicationTime.NONE;
  }

  @Override
  public StateAccess state() {
    return this;
  }

  @Override
  public List<String> names() {
    return List.copyOf(byName.keySet());
  }

  @Override
  public Tensor gather(String name) {
    return find(name).data().detach().clone();
  }

  @Override
  public void load(String name, Tensor whole) {
    try (TensorScope scope = TensorScope.open()) {
      Parameter parameter = find(name);
      long[] shape = whole.sizes().vec().get();
      if (!Arrays.equals(shape, parameter.shape())) {
        throw new IllegalArgumentException(
            String.format(
                "Cannot load weight %s: shape is %s, expected %s",
                name, Arrays.toString(shape), Arrays.toString(parameter.shape())));
      }
      parameter.data().detach().copy_(whole.detach());
    }
  }

  @Override
  public ShardRows rows(String name) {
    return ShardRows.all(find(name));
  }

  @Override
  public boolean keeps(String name) {
    find(name);
    return true;
  }

  @Override
  public void loadRows(String name, Tensor rows) {
    load(name, rows);
  }

  @Override
  public void complete() {}

  @Override
  public void close() {}

  private Parameter find(String name) {
    Parameter parameter = byName.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException(
          "Cannot find weight " + name + ": the model has no parameter of that name");
    }
    return parameter;
  }
}
