package io.sparkmm.train.nn;

import static org.bytedeco.pytorch.global.torch.linear;

import io.sparkmm.train.torch.FloatTypes;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * {@code y = x W^T + b} over the last dimension; {@code W} is {@code [out, in]}. A {@link
 * LowRankAdapter} may be added to it.
 */
public final class Linear extends Module {
  private final Parameter weight;
  private final Optional<Parameter> bias;
  private Optional<LowRankAdapter> adapter = Optional.empty();

  /** Declares a layer from {@code in} to {@code out} features. */
  public Linear(long in, long out, boolean withBias) {
    weight = parameter("weight", new Parameter(Parameter.Role.MATRIX, out, in));
    bias =
        withBias
            ? Optional.of(parameter("bias", new Parameter(Parameter.Role.BIAS, out)))
            : Optional.empty();
  }

  /** A factor of an adapter. */
  Linear(long in, long out, Parameter.Role role) {
    weight = parameter("weight", new Parameter(role, out, in));
    bias = Optional.empty();
  }

  /**
   * Adds an adapter, whose parameters are declared below the names {@code lora_A} and {@code
   * lora_B}. The model has to {@linkplain #nameParameters name} its parameters again.
   *
   * @throws IllegalArgumentException if there is one
   */
  public void adapt(LowRankAdapter.Settings settings) {
    long[] shape = weight.shape();
    LowRankAdapter added = new LowRankAdapter(shape[1], shape[0], settings);
    added.children().forEach(this::child);
    adapter = Optional.of(added);
  }

  /** The adapter, if there is one. */
  public Optional<LowRankAdapter> adapter() {
    return adapter;
  }

  /** The matrix. */
  Parameter weight() {
    return weight;
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
    Tensor product = product(inputs[0], weight, bias);
    return adapter.isEmpty() ? product : adapter.get().addTo(product, inputs[0]);
  }

  /**
   * {@code x W^T + b} with weights of a module that is being computed.
   *
   * @throws IllegalStateException if input and weight have different types, as happens behind a
   *     wrapped module with an output type of its own
   */
  public static Tensor product(Tensor x, Parameter weight, Optional<Parameter> bias) {
    Tensor matrix = weight.value();
    if (FloatTypes.of(x) != FloatTypes.of(matrix)) {
      throw new IllegalStateException(
          String.format(
              "Cannot multiply by %s: its type is %s, that of the input is %s; list its module in"
                  + " sub_modules_to_wrap and set param_dtype, so that inputs are cast, or leave"
                  + " output_dtype out",
              weight.name(), FloatTypes.of(matrix), FloatTypes.of(x)));
    }
    return bias.isEmpty()
        ? linear(x, matrix)
        : linear(x, matrix, new TensorOptional(bias.get().value()));
  }
}
