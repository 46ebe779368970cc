package io.sparkmm.train.testing;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Parameters on their own, with gradients set by hand. */
public final class Parameters {
  private Parameters() {}

  /** A named parameter with values. */
  public static Parameter of(String name, long[] shape, ScalarType type, double... values) {
    Parameter parameter = new Parameter(Parameter.Role.MATRIX, shape);
    try (TensorScope scope = TensorScope.open()) {
      parameter.setData(Tensors.of(type, values).view(shape));
    }
    new Holder(name, parameter);
    return parameter;
  }

  /** Sets the gradient. */
  public static void setGradient(Parameter parameter, double... values) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor data = parameter.data();
      Tensor gradient = Tensors.of(FloatTypes.of(data), values).view_as(data);
      data.mutable_grad().put(gradient.detach());
    }
  }

  /** Removes the gradient. */
  public static void clearGradient(Parameter parameter) {
    try (TensorScope scope = TensorScope.open()) {
      parameter.data().mutable_grad().put(new Tensor());
    }
  }

  private static final class Holder extends Module {
    Holder(String name, Parameter parameter) {
      Module owner = this;
      String[] parts = name.split("\\.", -1);
      for (int i = 0; i < parts.length - 1; i++) {
        owner = ((Holder) owner).nested(parts[i]);
      }
      ((Holder) owner).parameter(parts[parts.length - 1], parameter);
      nameParameters();
    }

    private Holder() {}

    private Holder nested(String name) {
      return child(name, new Holder());
    }
  }
}
