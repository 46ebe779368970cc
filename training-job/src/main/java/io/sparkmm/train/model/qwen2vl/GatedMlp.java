package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.Activation;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.Module;
import org.bytedeco.pytorch.Tensor;

/** {@code down(activation(gate(x)) * up(x))}. */
final class GatedMlp extends Module {
  private final Linear gate;
  private final Linear up;
  private final Linear down;
  private final Activation activation;

  GatedMlp(Qwen2VlTextConfig config) {
    gate = child("gate_proj", new Linear(config.hiddenSize(), config.intermediateSize(), false));
    up = child("up_proj", new Linear(config.hiddenSize(), config.intermediateSize(), false));
    down = child("down_proj", new Linear(config.intermediateSize(), config.hiddenSize(), false));
    activation = config.activation();
  }

  Tensor forward(Tensor x) {
    return call(
        inputs ->
            down.forward(activation.apply(gate.forward(inputs[0])).mul(up.forward(inputs[0]))),
        x);
  }
}
