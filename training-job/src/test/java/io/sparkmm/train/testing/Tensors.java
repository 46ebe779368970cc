package io.sparkmm.train.testing;

import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Tensors from and to Java arrays. */
public final class Tensors {
  private Tensors() {}

  /** A one-dimensional tensor. */
  public static Tensor of(ScalarType type, double... values) {
    Tensor tensor = torch.zeros(new long[] {values.length}, new TensorOptions(ScalarType.Double));
    if (values.length > 0) {
      tensor.data_ptr_double().put(values);
    }
    return tensor.to(type);
  }

  /** All elements in row-major order. */
  public static double[] values(Tensor tensor) {
    Tensor wide = tensor.detach().to(ScalarType.Double).contiguous();
    double[] values = new double[(int) wide.numel()];
    if (values.length > 0) {
      new DoublePointer(wide.data_ptr()).get(values);
    }
    return values;
  }

  /** Largest difference between two arrays, relative to the largest magnitude of the second one. */
  public static double relativeDifference(double[] actual, double[] expected) {
    if (actual.length != expected.length) {
      throw new AssertionError(actual.length + " and " + expected.length + " elements");
    }
    double scale = Arrays.stream(expected).map(Math::abs).max().orElse(0.0);
    double difference = 0.0;
    for (int i = 0; i < actual.length; i++) {
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    }
    return scale == 0.0 ? difference : difference / scale;
  }
}
