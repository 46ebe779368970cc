package io.sparkmm.train.torch;

import static org.bytedeco.pytorch.global.torch.empty;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Copies between Java arrays and host tensors. The element count of an array must equal the product
 * of the shape.
 */
public final class HostTensors {
  private HostTensors() {}

  /** An int64 tensor with these values in row-major order. */
  public static Tensor of(long[] values, long... shape) {
    Tensor tensor = allocate(values.length, ScalarType.Long, shape);
    if (values.length > 0) {
      new LongPointer(tensor.data_ptr()).put(values, 0, values.length);
    }
    return tensor;
  }

  /** A float32 tensor with these values in row-major order. */
  public static Tensor of(float[] values, long... shape) {
    Tensor tensor = allocate(values.length, ScalarType.Float, shape);
    if (values.length > 0) {
      new FloatPointer(tensor.data_ptr()).put(values, 0, values.length);
    }
    return tensor;
  }

  /** A float64 tensor with these values in row-major order. */
  public static Tensor of(double[] values, long... shape) {
    Tensor tensor = allocate(values.length, ScalarType.Double, shape);
    if (values.length > 0) {
      new DoublePointer(tensor.data_ptr()).put(values, 0, values.length);
    }
    return tensor;
  }

  /** All values of a tensor of any floating-point type on any device, row-major. */
  public static double[] doubles(Tensor tensor) {
    Tensor host = tensor.detach().cpu().to(ScalarType.Double).contiguous();
    double[] values = new double[Math.toIntExact(host.numel())];
    if (values.length > 0) {
      new DoublePointer(host.data_ptr()).get(values);
    }
    return values;
  }

  /** All values of a floating-point tensor on any device as float32, row-major. */
  public static float[] floats(Tensor tensor) {
    Tensor host = tensor.detach().cpu().to(ScalarType.Float).contiguous();
    float[] values = new float[Math.toIntExact(host.numel())];
    if (values.length > 0) {
      new FloatPointer(host.data_ptr()).get(values);
    }
    return values;
  }

  /** All values of an int64 tensor on any device, row-major. */
  public static long[] longs(Tensor tensor) {
    Tensor host = tensor.detach().cpu().contiguous();
    long[] values = new long[Math.toIntExact(host.numel())];
    if (values.length > 0) {
      new LongPointer(host.data_ptr()).get(values);
    }
    return values;
  }

  private static Tensor allocate(long elements, ScalarType type, long[] shape) {
    long count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    if (count != elements) {
      throw new IllegalArgumentException(
          "Cannot make a tensor of shape "
              + java.util.Arrays.toString(shape)
              + " from "
              + elements
              + " values");
    }
    return empty(shape, new TensorOptions(type), Constants.NO_FORMAT);
  }
}
