package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.FloatTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Parameters that are not sharded: every rank has them whole, uses them in their own type, and
 * updates them alike, because their gradients are averaged over all ranks at the end of a backward
 * pass.
 */
final class IgnoredParameters implements AutoCloseable {
  private final List<Parameter> parameters;
  private final Tensor undefined;
  private final List<IgnoredGradients> gradients = new ArrayList<>();

  /**
   * Takes charge of parameters.
   *
   * @param plan the model's; parameters that have no storage yet get zeros
   * @param context of the sharded groups
   * @param firstIndex a number after those of the groups
   */
  IgnoredParameters(WrapPlan plan, GroupContext context, int firstIndex) {
    parameters = plan.ignored();
    try (TensorScope scope = TensorScope.open()) {
      undefined = TensorScope.keep(new Tensor());
    }
    Map<ScalarType, List<Parameter>> trained = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      if (!parameter.materialized()) {
        parameter.setData(
            torch.zeros(parameter.shape(), new TensorOptions(plan.declaredType().orElseThrow())));
      }
      if (parameter.trainable() && context.mesh().ranks() > 1) {
        trained
            .computeIfAbsent(FloatTypes.of(parameter.data()), type -> new ArrayList<>())
            .add(parameter);
      }
    }
    trained.forEach(
        (type, members) ->
            gradients.add(
                new IgnoredGradients(firstIndex + gradients.size(), type, members, context)));
  }

  /** The parameters in definition order. */
  Set<Parameter> parameters() {
    return Set.copyOf(parameters);
  }

  /** Starts to average the gradients of a pass. */
  void reduce(Exchanges exchanges) {
    gradients.stream().filter(IgnoredGradients::pending).forEach(exchanges::start);
  }

  /** Forgets the gradients. */
  void clear() {
    for (Parameter parameter : parameters) {
      parameter.data().mutable_grad().put(undefined);
    }
  }

  /** Forgets gradients that a failed backward pass left. */
  void dropPending() {
    gradients.forEach(IgnoredGradients::dropPending);
  }

  @Override
  public void close() {
    gradients.forEach(IgnoredGradients::close);
    TensorScope.release(undefined);
  }
}
