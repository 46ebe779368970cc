package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HostTensors;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Reproducible values that other implementations can make, too: exact 64-bit integer mixing. */
final class FillRule {
  private FillRule() {}

  /** Value of element {@code e} of tensor {@code p}, in [-1, 1). */
  static double value(long p, long e) {
    long z = (p + 1) * 0x9E3779B97F4A7C15L + (e + 1) * 0xBF58476D1CE4E5B9L;
    z ^= z >>> 30;
    z *= 0xBF58476D1CE4E5B9L;
    z ^= z >>> 27;
    z *= 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (z >>> 11) * 0x1.0p-53 * 2 - 1;
  }

  /** {@code count} numbers of tensor {@code p} times {@code scale}, as float32. */
  static float[] floats(long p, int count, double scale) {
    float[] values = new float[count];
    for (int e = 0; e < count; e++) {
      values[e] = (float) (scale * value(p, e));
    }
    return values;
  }

  /** Fills all parameters of a model; p counts the names in ASCII order. */
  static void fill(Module model, ScalarType type) {
    long p = 0;
    for (Map.Entry<String, Parameter> entry : new TreeMap<>(model.namedParameters()).entrySet()) {
      Parameter parameter = entry.getValue();
      DoubleUnaryOperator weight = weight(entry.getKey(), parameter);
      float[] values = new float[Math.toIntExact(parameter.elements())];
      for (int e = 0; e < values.length; e++) {
        values[e] = (float) weight.applyAsDouble(value(p, e));
      }
      try (PointerScope scope = new PointerScope()) {
        // A fresh tensor of the wanted type: casting to the same type would give a view.
        parameter.setData(HostTensors.of(values, parameter.shape()).to(type).clone());
      }
      p++;
    }
  }

  private static DoubleUnaryOperator weight(String name, Parameter parameter) {
    if (name.endsWith(".bias")) {
      return v -> 0.1 * v;
    }
    if (name.contains("norm") || name.contains("ln_q")) {
      return v -> 1 + 0.1 * v;
    }
    if (name.contains("embed_tokens")) {
      return v -> 0.5 * v;
    }
    double scale = Math.sqrt(3.0 / (parameter.elements() / parameter.shape()[0]));
    return v -> v * scale;
  }
}
