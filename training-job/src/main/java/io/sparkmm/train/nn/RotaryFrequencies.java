package io.sparkmm.train.nn;

import io.sparkmm.train.torch.HostTensors;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rotary frequencies {@code 1 / theta^(2i/d)} for {@code i = 0 .. d/2 - 1}.
 *
 * <p>They and the angles are float32 whatever the type of the weights, because 16-bit positions
 * lose whole numbers above 256; a float64 model has float64 ones. The powers are computed by the
 * tensor library, so that they have the same last bits as in the models that published weights were
 * trained with.
 */
public final class RotaryFrequencies {
  private static final Map<Key, RotaryFrequencies> KNOWN = new ConcurrentHashMap<>();

  private record Key(int dimension, double theta, boolean single) {}

  private final double[] values;
  private final boolean single;

  private RotaryFrequencies(double[] values, boolean single) {
    this.values = values;
    this.single = single;
  }

  /**
   * Computes the frequencies.
   *
   * @param dimension number of rotated channels d
   * @param theta base
   * @param type float64 for float64 arithmetic, any other type for float32
   */
  public static RotaryFrequencies of(int dimension, double theta, ScalarType type) {
    return KNOWN.computeIfAbsent(
        new Key(dimension, theta, type != ScalarType.Double), RotaryFrequencies::compute);
  }

  private static RotaryFrequencies compute(Key key) {
    boolean single = key.single();
    ScalarType computed = single ? ScalarType.Float : ScalarType.Double;
    try (PointerScope scope = new PointerScope()) {
      Tensor exponents =
          torch
              .arange(
                  new Scalar(0),
                  new Scalar(key.dimension()),
                  new Scalar(2),
                  new TensorOptions(ScalarType.Long))
              .to(computed)
              .div(new Scalar(key.dimension()));
      Tensor powers = torch.pow(new Scalar(key.theta()), exponents);
      return new RotaryFrequencies(HostTensors.doubles(torch.reciprocal(powers)), single);
    }
  }

  /** Number of frequencies, half the number of rotated channels. */
  public int count() {
    return values.length;
  }

  /** Frequency i. */
  public double frequency(int i) {
    return values[i];
  }

  /** Angle of a position at frequency i, rounded to float32 unless these are float64. */
  public double angle(long position, int i) {
    return single ? (float) position * (float) values[i] : position * values[i];
  }

  /** Type of tables made of these angles. */
  public ScalarType type() {
    return single ? ScalarType.Float : ScalarType.Double;
  }
}
