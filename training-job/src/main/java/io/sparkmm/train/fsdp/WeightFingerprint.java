package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A number that is equal on all ranks if their weights are: of some elements of each parameter,
 * spread over it. Catches ranks that were initialised from different seeds or files.
 */
final class WeightFingerprint {
  private static final int SAMPLES = 16;

  private WeightFingerprint() {}

  static long of(WrapPlan.Group group) {
    long hash = group.parameters().size();
    for (Parameter parameter : group.parameters()) {
      hash = 31 * hash + parameter.name().hashCode();
      hash = 31 * hash + Arrays.hashCode(parameter.shape());
      hash = 31 * hash + Boolean.hashCode(parameter.trainable());
      hash = 31 * hash + sampleHash(parameter);
    }
    return hash;
  }

  private static long sampleHash(Parameter parameter) {
    try (TensorScope scope = TensorScope.open()) {
      long[] positions = new long[SAMPLES];
      for (int i = 0; i < SAMPLES; i++) {
        positions[i] = (parameter.elements() - 1) * i / (SAMPLES - 1);
      }
      Tensor samples =
          parameter
              .data()
              .detach()
              .view(-1)
              .index_select(0, torch.tensor(positions))
              .to(ScalarType.Double);
      double[] values = new double[SAMPLES];
      new DoublePointer(samples.data_ptr()).get(values);
      return Arrays.hashCode(values);
    }
  }
}
