package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.Activation;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.Module;
import org.bytedeco.pytorch.Tensor;

/** {@code fc2(activation(fc1(x)))}. */
final class VisionMlp extends Module {
  private final Linear fc1;
  private final Linear fc2;
  private final Activation activation;

  VisionMlp(Qwen2VlVisionConfig config) {
    fc1 = child("fc1", new Linear(config.embedDim(), config.mlpWidth(), true));
    fc2 = child("fc2", new Linear(config.mlpWidth(), config.embedDim(), true));
    activation = config.activation();
  }

  Tensor forward(Tensor x) {
    return call(inputs -> fc2.forward(activation.apply(fc1.forward(inputs[0]))), x);
  }
}
