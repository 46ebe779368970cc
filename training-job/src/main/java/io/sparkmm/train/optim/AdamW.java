package io.sparkmm.train.optim;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.BoxedOperator;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Adam with decoupled weight decay and bias correction, on whole parameters or on shards. For step
 * t = 1, 2, ... of a parameter p with gradient g:
 *
 * <pre>
 *   p ← p (1 − lr·wd)
 *   m ← β1 m + (1−β1) g
 *   v ← β2 v + (1−β2) g²
 *   p ← p − lr/(1−β1^t) · m / ( √v / √(1−β2^t) + ε )
 * </pre>
 *
 * <p>The moments have the type and shape of {@link Parameter#data()}. A parameter without gradient
 * is left alone: it does not decay and its t does not advance.
 */
public final class AdamW implements Optimizer {
  private static final String MEAN = "exp_avg";
  private static final String SQUARE = "exp_avg_sq";
  private static final BoxedOperator FUSED = BoxedOperator.find("aten::_fused_adamw_", "");

  private final ParameterGroups groups;
  private final AdamWSettings settings;
  private final Map<Parameter, State> states = new IdentityHashMap<>();

  private static final class State {
    final Tensor mean;
    final Tensor square;
    long step;

    State(Tensor data) {
      mean = TensorScope.keep(torch.zeros_like(data));
      square = TensorScope.keep(torch.zeros_like(data));
    }
  }

  /** Makes an optimizer; moments are allocated at a parameter's first update. */
  public AdamW(ParameterGroups groups, AdamWSettings settings) {
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
        Map<Long, List<Parameter>> byStep = new LinkedHashMap<>();
        for (Parameter parameter : group.parameters()) {
          if (parameter.grad().isPresent()) {
            State state =
                states.computeIfAbsent(parameter, missing -> new State(missing.data().detach()));
            state.step++;
            byStep.computeIfAbsent(state.step, key -> new ArrayList<>()).add(parameter);
          }
        }
        byStep.forEach((step, members) -> update(members, step, group.treatment(), lr));
      }
    }
  }

  @Override
  public Optional<ParameterState> state(Parameter parameter) {
    return Optional.ofNullable(states.get(parameter))
        .map(
            state -> {
              Map<String, Tensor> tensors = new LinkedHashMap<>();
              tensors.put(MEAN, state.mean);
              tensors.put(SQUARE, state.square);
              return new ParameterState(state.step, tensors);
            });
  }

  @Override
  public void restore(Parameter parameter, ParameterState restored) {
    try (TensorScope scope = TensorScope.open()) {
      restored.requireFit(parameter, List.of(MEAN, SQUARE));
      State state =
          states.computeIfAbsent(parameter, missing -> new State(missing.data().detach()));
      state.mean.copy_(restored.tensors().get(MEAN));
      state.square.copy_(restored.tensors().get(SQUARE));
      state.step = restored.step();
    }
  }

  @Override
  public void close() {
    for (State state : states.values()) {
      TensorScope.release(state.mean);
      TensorScope.release(state.square);
    }
    states.clear();
  }

  private void update(
      List<Parameter> members, long step, ParameterRule.Treatment treatment, double lr) {
    List<Tensor> data = new ArrayList<>();
    List<Tensor> gradients = new ArrayList<>();
    List<Tensor> means = new ArrayList<>();
    List<Tensor> squares = new ArrayList<>();
    List<Tensor> steps = new ArrayList<>();
    Tensor stepTensor = torch.scalar_tensor(new Scalar((double) step));
    for (Parameter parameter : members) {
      State state = states.get(parameter);
      // Below autograd the leaf may be written in place.
      data.add(parameter.data().detach());
      gradients.add(parameter.grad().orElseThrow());
      means.add(state.mean);
      squares.add(state.square);
      steps.add(stepTensor);
    }
    FUSED.call(
        BoxedOperator.tensors(data),
        BoxedOperator.tensors(gradients),
        BoxedOperator.tensors(means),
        BoxedOperator.tensors(squares),
        BoxedOperator.tensors(List.of()),
        BoxedOperator.tensors(steps),
        new IValue(lr * treatment.lrMultiplier()),
        new IValue(settings.beta1()),
        new IValue(settings.beta2()),
        new IValue(treatment.decays() ? settings.weightDecay() : 0.0),
        new IValue(settings.epsilon()),
        new IValue(false),
        new IValue(false),
        BoxedOperator.none(),
        BoxedOperator.none());
  }
}
