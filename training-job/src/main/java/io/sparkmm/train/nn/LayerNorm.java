package io.sparkmm.train.nn;

import static org.bytedeco.pytorch.global.torch.layer_norm;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** Normalises the last dimension to mean 0 and (biased) variance 1, then scales and shifts. */
public final class LayerNorm extends Module {
  private final long[] shape;
  private final double epsilon;
  private final Parameter weight;
  private final Parameter bias;

  /** Declares a layer over {@code width} features. */
  public LayerNorm(long width, double epsilon) {
    this.shape = new long[] {width};
    this.epsilon = epsilon;
    weight = parameter("weight", new Parameter(Parameter.Role.NORM_WEIGHT, width));
    bias = parameter("bias", new Parameter(Parameter.Role.NORM_BIAS, width));
  }

  /** Maps {@code [..., width]} to the same shape and type; accumulates at least in float32. */
  public Tensor forward(Tensor x) {
    return call(
        inputs ->
            layer_norm(
                inputs[0],
                shape,
                new TensorOptional(weight.value()),
                new TensorOptional(bias.value()),
                epsilon,
                true),
        x);
  }
}
