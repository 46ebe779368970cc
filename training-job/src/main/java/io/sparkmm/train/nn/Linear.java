package io.sparkmm.train.nn;

import static org.bytedeco.pytorch.global.torch.linear;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** {@code y = x W^T + b} over the last dimension; {@code W} is {@code [out, in]}. */
public final class Linear extends Module {
  private final Parameter weight;
  private final Optional<Parameter> bias;

  /** Declares a layer from {@code in} to {@code out} features. */
  public Linear(long in, long out, boolean withBias) {
    weight = parameter("weight", new Parameter(Parameter.Role.MATRIX, out, in));
    bias =
        withBias
            ? Optional.of(parameter("bias", new Parameter(Parameter.Role.BIAS, out)))
            : Optional.empty();
  }

  /** Whether the layer adds a bias. */
  public boolean hasBias() {
    return bias.isPresent();
  }

  /** Maps {@code [..., in]} to {@code [..., out]}. */
  public Tensor forward(Tensor x) {
    return call(this::compute, x);
  }

  private Tensor compute(Tensor[] inputs) {
    if (bias.isEmpty()) {
      return linear(inputs[0], weight.value());
    }
    return linear(inputs[0], weight.value(), new TensorOptional(bias.get().value()));
  }
}
