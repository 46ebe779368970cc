package io.sparkmm.train.nn;

import static org.bytedeco.pytorch.global.torch.addcmul;

import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.torch.HostTensors;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Cosines and sines of rotary position embeddings for one forward pass; constants without gradient.
 *
 * <p>The rotation pairs channel {@code i} with channel {@code i + d/2}: {@code y = x cos +
 * rotateHalf(x) sin} with {@code rotateHalf([a, b]) = [-b, a]}. The sign is kept in the sine table,
 * so that {@code rotateHalf} becomes a plain rotation of the channels by {@code d/2}.
 */
public final class RotaryTable {
  private final Tensor cos;
  private final Tensor signedSin;
  private final long half;

  private RotaryTable(Tensor cos, Tensor signedSin, long half) {
    this.cos = cos;
    this.signedSin = signedSin;
    this.half = half;
  }

  /**
   * Computes a table on the host in float64 and stores it in {@code type}.
   *
   * @param angles angle of each row and frequency, row-major, {@code [rows * dimension / 2]}
   * @param shape leading shape of the table, {@code [..., 1, dimension]}: it broadcasts against
   *     {@code [..., heads, dimension]}
   * @param type type of the table; float32 unless the model is float64
   * @param device where the model computes
   */
  public static RotaryTable of(double[] angles, long[] shape, ScalarType type, Device device) {
    int dimension = Math.toIntExact(shape[shape.length - 1]);
    int half = dimension / 2;
    double[] signed = new double[angles.length * 2];
    for (int row = 0; row * half < angles.length; row++) {
      for (int i = 0; i < half; i++) {
        double angle = angles[row * half + i];
        signed[row * dimension + i] = -angle;
        signed[row * dimension + half + i] = angle;
      }
    }
    Tensor all = HostTensors.of(signed, shape);
    return new RotaryTable(all.cos().to(device, type), all.sin().to(device, type), half);
  }

  /** The same table in another type. */
  public RotaryTable as(ScalarType type) {
    if (FloatTypes.of(cos) == type) {
      return this;
    }
    return new RotaryTable(cos.to(type), signedSin.to(type), half);
  }

  /** Cosines, for modules that pass the table on as one of their inputs. */
  public Tensor cosines() {
    return cos;
  }

  /** This table with its values rounded to a type, but still in its own type. */
  public RotaryTable roundedTo(ScalarType type) {
    ScalarType own = FloatTypes.of(cos);
    return own == type
        ? this
        : new RotaryTable(cos.to(type).to(own), signedSin.to(type).to(own), half);
  }

  /**
   * Rotates {@code [..., heads, dimension]} in the table's type, and gives the result in the type
   * of the input. In a 16-bit type both products are rounded before they are added, as in the
   * models that published weights were trained with.
   */
  public Tensor rotate(Tensor x) {
    ScalarType type = FloatTypes.of(x);
    ScalarType computed = FloatTypes.of(cos);
    Tensor wide = FloatTypes.cast(x, computed);
    Tensor straight = wide.mul(cos);
    Tensor crossed = wide.roll(new long[] {half}, -1);
    Tensor rotated =
        FloatTypes.isHalf(computed)
            ? straight.add(crossed.mul(signedSin))
            : addcmul(straight, crossed, signedSin);
    return FloatTypes.cast(rotated, type);
  }
}
