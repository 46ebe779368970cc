package io.sparkmm.train.model.qwen2vl;

import static org.bytedeco.pytorch.global.torch.linear;

import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Tensor;

/** Maps flattened patches to the tower's width: a convolution whose stride is its kernel. */
final class PatchEmbed extends Module {
  private final Projection projection;

  PatchEmbed(Qwen2VlVisionConfig config) {
    projection = child("proj", new Projection(config));
  }

  /** Maps {@code [N, C*T*P*P]} to {@code [N, D]} in the type of the weight. */
  Tensor forward(Tensor patches) {
    return call(inputs -> projection.forward(inputs[0]), patches);
  }

  private static final class Projection extends Module {
    private final Parameter weight;

    Projection(Qwen2VlVisionConfig config) {
      weight =
          parameter(
              "weight",
              new Parameter(
                  Parameter.Role.MATRIX,
                  config.embedDim(),
                  config.inChannels(),
                  config.temporalPatchSize(),
                  config.patchSize(),
                  config.patchSize()));
    }

    Tensor forward(Tensor patches) {
      return call(
          inputs -> {
            Tensor kernel = weight.value();
            Tensor matrix = kernel.view(kernel.size(0), -1);
            return linear(FloatTypes.cast(inputs[0], FloatTypes.of(kernel)), matrix);
          },
          patches);
    }
  }
}
