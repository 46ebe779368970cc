package io.sparkmm.train.torch;

import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Computations whose temporaries are freed at once instead of at the end of the step. */
public final class Scoped {
  private Scoped() {}

  /**
   * Runs a computation in a scope of its own and moves only its result to the scope that was open
   * before. Tensors that the graph needs live on inside the graph.
   *
   * <p>Where the computation is recorded it must not call modules: what their interceptors attach
   * to the graph has to live longer.
   */
  public static Tensor compute(Supplier<Tensor> computation) {
    PointerScope outer = PointerScope.getInnerScope();
    try (PointerScope inner = new PointerScope()) {
      Tensor result = computation.get();
      if (outer == null) {
        result.retainReference();
      } else {
        outer.attach(result);
      }
      return result;
    }
  }
}
