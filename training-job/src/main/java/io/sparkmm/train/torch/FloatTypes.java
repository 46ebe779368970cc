package io.sparkmm.train.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Precision rules for floating-point types. */
public final class FloatTypes {
  private FloatTypes() {}

  /** The scalar type of a tensor as the enum constant that can be compared with {@code ==}. */
  public static ScalarType of(Tensor tensor) {
    return tensor.scalar_type().intern();
  }

  /** Whether a type has fewer mantissa bits than float32. */
  public static boolean isHalf(ScalarType type) {
    return type == ScalarType.BFloat16 || type == ScalarType.Half;
  }

  /** The type itself, or float32 in place of a 16-bit type. */
  public static ScalarType atLeastFloat32(ScalarType type) {
    return isHalf(type) ? ScalarType.Float : type;
  }

  /** The tensor in the given type; the same object when it has that type already. */
  public static Tensor cast(Tensor tensor, ScalarType type) {
    return of(tensor) == type ? tensor : tensor.to(type);
  }

  /**
   * Lowest finite value of a type: what a forbidden attention score is set to, because minus
   * infinity would turn rows without any allowed key into NaN.
   */
  public static double lowest(ScalarType type) {
    return switch (type) {
      case Double -> -Double.MAX_VALUE;
      case Float -> -Float.MAX_VALUE;
      case BFloat16 -> -3.3895313892515355e38;
      case Half -> -65504.0;
      default -> throw new IllegalArgumentException("Cannot mask scores of type " + type);
    };
  }
}
