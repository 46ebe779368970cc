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
      hash = mix(hash, parameter.name().hashCode());
      hash = mix(hash, Arrays.hashCode(parameter.shape()));
      hash = mix(hash, parameter.trainable() ? 1 : 2);
      for (double sample : samples(parameter)) {
        hash = mix(hash, Double.doubleToLongBits(sample));
      }
    }
    return hash;
  }

  private static long mix(long hash, long value) {
    long mixed = (hash ^ value) * 0x9e3779b97f4a7c15L;
    return mixed ^ (mixed >>> 32);
  }

  private static double[] samples(Parameter parameter) {
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
      return values;
    }
  }
}
