package io.sparkmm.train.nn;

import io.sparkmm.train.torch.RandomStream;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Sets elements to 0 with a probability and scales the others up, while the module is trained; does
 * nothing otherwise. Draws from the {@link RandomStream} of its rank.
 */
public final class Dropout extends Module {
  private final double probability;

  /**
   * Makes a layer.
   *
   * @param probability that an element becomes 0, in [0, 1)
   */
  public Dropout(double probability) {
    if (!(probability >= 0.0 && probability < 1.0)) {
      throw new IllegalArgumentException(
          "Cannot drop elements with probability " + probability + ": it must be in [0, 1)");
    }
    this.probability = probability;
  }

  /** Maps a tensor to one of the same shape. */
  public Tensor forward(Tensor x) {
    return !training() || probability == 0.0 ? x : call(inputs -> drop(inputs[0]), x);
  }

  private Tensor drop(Tensor x) {
    double kept = 1.0 - probability;
    Tensor mask =
        torch
            .empty_like(x.detach())
            .bernoulli_(kept, new GeneratorOptional(RandomStream.current()))
            .div_(new Scalar(kept));
    return x.mul(mask);
  }
}
