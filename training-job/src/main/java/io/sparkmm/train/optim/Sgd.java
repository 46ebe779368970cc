package io.sparkmm.train.optim;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.BoxedOperator;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Gradient descent with momentum, on whole parameters or on shards. For a parameter p with gradient
 * g:
 *
 * <pre>
 *   d ← g + wd·p
 *   b ← μ b + d      (b ← d at the first update)
 *   p ← p − lr·b
 * </pre>
 *
 * <p>Unlike that of {@link AdamW}, the weight decay goes through the momentum.
 */
public final class Sgd implements Optimizer {
  private static final BoxedOperator FUSED = BoxedOperator.find("aten::_fused_sgd_", "");
  private static final String BUFFER = "momentum_buffer";

  private final ParameterGroups groups;
  private final SgdSettings settings;
  private final Map<Parameter, State> states = new IdentityHashMap<>();

  private static final class State {
    final Tensor buffer;
    long step;

    State(Tensor data) {
      buffer = TensorScope.keep(torch.zeros_like(data));
    }
  }

  /** Makes an optimizer; buffers are allocated at a parameter's first update. */
  public Sgd(ParameterGroups groups, SgdSettings settings) {
    this.groups = groups;
    this.settings = settings;
  }

  @Override
  public ParameterGroups groups() {
    return groups;
  }

  @Override
  public void step(double lr) {
    try (TensorScope scope = TensorScope.open()) {
      for (ParameterGroups.Group group : groups.groups()) {
        List<Parameter> first = new ArrayList<>();
        List<Parameter> later = new ArrayList<>();
        for (Parameter parameter : group.parameters()) {
          if (parameter.grad().isPresent()) {
            (stateOf(parameter).step++ == 0 ? first : later).add(parameter);
          }
        }
        update(first, true, group.treatment(), lr);
        update(later, false, group.treatment(), lr);
      }
    }
  }

  @Override
  public Optional<ParameterState> state(Parameter parameter) {
    return Optional.ofNullable(states.get(parameter))
        .map(state -> new ParameterState(state.step, Map.of(BUFFER, state.buffer)));
  }

  @Override
  public void restore(Parameter parameter, ParameterState restored) {
    try (TensorScope scope = TensorScope.open()) {
      restored.requireFit(parameter, List.of(BUFFER));
      State state = stateOf(parameter);
      state.buffer.copy_(restored.tensors().get(BUFFER));
      state.step = restored.step();
    }
  }

  @Override
  public void close() {
    states.values().forEach(state -> TensorScope.release(state.buffer));
    states.clear();
  }

  private State stateOf(Parameter parameter) {
    return states.computeIfAbsent(parameter, missing -> new State(missing.data().detach()));
  }

  private void update(
      List<Parameter> members, boolean first, ParameterRule.Treatment treatment, double lr) {
    if (members.isEmpty()) {
      return;
    }
    List<Tensor> data = new ArrayList<>();
    List<Tensor> gradients = new ArrayList<>();
    List<Tensor> buffers = new ArrayList<>();
    for (Parameter parameter : members) {
      // Below autograd the leaf may be written in place.
      data.add(parameter.data().detach());
      gradients.add(parameter.grad().orElseThrow());
      buffers.add(states.get(parameter).buffer);
    }
    FUSED.call(
        BoxedOperator.tensors(data),
        BoxedOperator.tensors(gradients),
        BoxedOperator.tensors(buffers),
        new IValue(treatment.decays() ? settings.weightDecay() : 0.0),
        new IValue(settings.momentum()),
        new IValue(lr * treatment.lrMultiplier()),
        new IValue(0.0),
        new IValue(false),
        new IValue(false),
        new IValue(first),
        BoxedOperator.none(),
        BoxedOperator.none());
  }
}
