package io.sparkmm.train.torch;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Small immutable native arguments that are made once: each costs more to make than most tensor
 * operations on small tensors cost to run.
 *
 * <p>They live for the life of the process, whatever scope was open when the class was loaded.
 */
public final class Constants {
  /** No tensor. */
  public static final TensorOptional NO_TENSOR = forever(new TensorOptional());

  /** No number. */
  public static final DoubleOptional NO_DOUBLE = forever(new DoubleOptional());

  /** No scalar type: an operation keeps the type of its input. */
  public static final ScalarTypeOptional NO_TYPE = forever(new ScalarTypeOptional());

  /** Single precision. */
  public static final ScalarTypeOptional FLOAT32 =
      forever(new ScalarTypeOptional(ScalarType.Float));

  /** No memory format. */
  public static final MemoryFormatOptional NO_FORMAT = forever(new MemoryFormatOptional());

  private Constants() {}

  /** A scalar that is never freed; keep it in a static or in an object that lives as long. */
  public static Scalar scalar(double value) {
    return forever(new Scalar(value));
  }

  /** A number that is never freed; keep it in a static or in an object that lives as long. */
  public static DoubleOptional optional(double value) {
    return forever(new DoubleOptional(value));
  }

  private static <P extends Pointer> P forever(P pointer) {
    pointer.retainReference();
    return pointer;
  }
}
