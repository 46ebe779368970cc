package io.sparkmm.train.lora;

import io.sparkmm.train.nn.Interceptor;
import io.sparkmm.train.nn.Module;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;

/** Makes the output of a module require a gradient where computations are recorded. */
final class RequiredGradient implements Interceptor {
  @Override
  public Tensor around(Module module, Tensor[] inputs, Forward next) {
    Tensor output = next.apply(inputs);
    return GradMode.is_enabled() && !output.requires_grad()
        ? output.detach().requires_grad_(true)
        : output;
  }
}
