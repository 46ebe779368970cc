package io.sparkmm.train.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Element types of tensors. What native methods return is a new object with the constant's value,
 * which {@code ==} and {@code switch} do not recognise.
 */
public final class ScalarTypes {
  private ScalarTypes() {}

  /** The constant of a tensor's element type. */
  public static ScalarType of(Tensor tensor) {
    return tensor.scalar_type().intern();
  }
}
