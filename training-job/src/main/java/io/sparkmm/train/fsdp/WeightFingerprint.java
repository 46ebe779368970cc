package io.sparkmm.train.fsdp;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A number that is equal on all ranks if their weights are: of some elements of each parameter,
 * spread over it. Catches ranks that were initialised from different seeds or files.
 *
 * <p>What counts are the elements that the rank holds: of whole parameters it is a number of the
 * whole weights, of shards one of this rank's rows.
 */
final class WeightFingerprint {
  private static final int SAMPLES = 16;

  private WeightFingerprint() {}

  static long of(List<Parameter> parameters) {
    long hash = parameters.size();
    for (Parameter parameter : parameters) {
      hash = mix(hash, parameter.name().hashCode());
      hash = mix(hash, Arrays.hashCode(parameter.shape()));
      hash = mix(hash, parameter.trainable() ? 1 : 2);
      if (parameter.materialized()) {
        for (double sample : samples(parameter)) {
          hash = mix(hash, Double.doubleToLongBits(sample));
        }
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
      long elements = parameter.data().numel();
      if (elements == 0) {
        return new double[0];
      }
      long[] positions = new long[SAMPLES];
      for (int i = 0; i < SAMPLES; i++) {
        positions[i] = (elements - 1) * i / (SAMPLES - 1);
      }
      Tensor samples =
          parameter
              .data()
              .detach()
              .reshape(-1)
              .index_select(0, torch.tensor(positions))
              .to(ScalarType.Double);
      double[] values = new double[SAMPLES];
      new DoublePointer(samples.data_ptr()).get(values);
      return values;
    }
  }
}
