package io.sparkmm.train.optim;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.BoxedOperator;
import io.sparkmm.train.torch.FloatTypes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The norm of all gradients of a model, and its limit. */
public final class GradientClipper {
  private static final BoxedOperator NORM = BoxedOperator.find("aten::_foreach_norm", "Scalar");
  private static final BoxedOperator SCALE = BoxedOperator.find("aten::_foreach_mul_", "Scalar");

  private final double limit;

  /**
   * Makes a clipper.
   *
   * @param limit largest norm that is let through; 0 for no limit
   */
  public GradientClipper(double limit) {
    if (!(limit >= 0.0)) {
      throw new IllegalArgumentException("Cannot clip gradients: clip-grad is " + limit);
    }
    this.limit = limit;
  }

  /**
   * Computes the Euclidean norm over all gradients and scales them by {@code limit/(norm + 1e-6)}
   * where that is below 1. Squares are added in fp32, in fp64 if a gradient is fp64.
   *
   * @param parameters those without gradient count as nothing
   * @param shards the group that a gradient's shards are spread over; every rank takes part
   * @return norm before the scaling
   */
  public double clip(Collection<Parameter> parameters, Collectives shards) {
    return clip(parameters, parameter -> true, shards);
  }

  /**
   * Does so for parameters of which some are whole on several ranks of the group.
   *
   * @param counted whether this rank counts a parameter's gradient; of the ranks that hold the same
   *     gradient one does. All gradients are scaled
   */
  public double clip(
      Collection<Parameter> parameters, Predicate<Parameter> counted, Collectives shards) {
    try (TensorScope scope = TensorScope.open()) {
      List<Tensor> gradients = new ArrayList<>();
      List<Tensor> counting = new ArrayList<>();
      boolean wide = false;
      for (Parameter parameter : parameters) {
        Optional<Tensor> gradient = parameter.grad();
        gradient.ifPresent(gradients::add);
        gradient.filter(present -> counted.test(parameter)).ifPresent(counting::add);
        wide |= FloatTypes.of(parameter.data()) == ScalarType.Double;
      }
      Tensor squares = squareSum(counting, wide ? ScalarType.Double : ScalarType.Float);
      shards.allReduce(squares, Collectives.Reduction.SUM).await();
      double norm = squares.sqrt().item_double();
      double coefficient = limit / (norm + 1e-6);
      if (limit > 0.0 && coefficient < 1.0 && !gradients.isEmpty()) {
        SCALE.call(BoxedOperator.tensors(gradients), new IValue(new Scalar(coefficient)));
      }
      return norm;
    }
  }

  /** Multiplies all gradients by a factor; parameters without gradient are left out. */
  public void scale(Collection<Parameter> parameters, double factor) {
    try (TensorScope scope = TensorScope.open()) {
      List<Tensor> gradients = new ArrayList<>();
      parameters.forEach(parameter -> parameter.grad().ifPresent(gradients::add));
      if (!gradients.isEmpty()) {
        SCALE.call(BoxedOperator.tensors(gradients), new IValue(new Scalar(factor)));
      }
    }
  }

  private static Tensor squareSum(List<Tensor> gradients, ScalarType type) {
    if (gradients.isEmpty()) {
      return torch.zeros(new long[] {1}, new TensorOptions(type));
    }
    TensorVector norms =
        NORM.call(BoxedOperator.tensors(gradients), new IValue(new Scalar(2)), new IValue(type))
            .get(0)
            .toTensorVector();
    return torch.stack(norms).square().sum().view(1);
  }
}
