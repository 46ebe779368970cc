package io.sparkmm.train.nn;

import static org.bytedeco.pytorch.global.torch.rms_norm;

import io.sparkmm.train.torch.Constants;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code y = g * (x / sqrt(mean(x^2) + epsilon))} over the last dimension. The quotient is computed
 * at least in float32 and cast back to the input's type before it is multiplied by {@code g}.
 */
public final class RmsNorm extends Module {
  private final long[] shape;
  private final DoubleOptional epsilon;
  private final Parameter weight;

  /** Declares a layer over {@code width} features. */
  public RmsNorm(long width, double epsilon) {
    this.shape = new long[] {width};
    this.epsilon = Constants.optional(epsilon);
    weight = parameter("weight", new Parameter(Parameter.Role.NORM_WEIGHT, width));
  }

  /** Maps {@code [..., width]} to the same shape. */
  public Tensor forward(Tensor x) {
    return call(
        inputs -> rms_norm(inputs[0], shape, Constants.NO_TENSOR, epsilon).mul(weight.value()), x);
  }
}
