package io.sparkmm.convert.op;

import io.sparkmm.convert.view.TensorView;
import java.util.List;

/**
 * Another name for the same tensor.
 *
 * @param source old names
 * @param target new names
 */
public record Rename(KeyPattern source, KeyPattern target) implements WeightOp {

  /** A renaming from one template to another. */
  public static Rename of(String source, String target) {
    return new Rename(KeyPattern.of(source), KeyPattern.of(target));
  }

  @Override
  public List<KeyPattern> sources() {
    return List.of(source);
  }

  @Override
  public List<KeyPattern> targets() {
    return List.of(target);
  }

  @Override
  public List<TensorView> forward(List<NamedTensor> tensors) {
    return List.of(tensors.get(0).view());
  }

  @Override
  public List<TensorView> inverse(List<NamedTensor> tensors) {
    return List.of(tensors.get(0).view());
  }
}
