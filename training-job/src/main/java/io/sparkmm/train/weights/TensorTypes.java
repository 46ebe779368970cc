package io.sparkmm.train.weights;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.train.model.ModelException;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Floating-point types in files and in memory. */
public final class TensorTypes {
  private TensorTypes() {}

  /** The type in memory of a type in a file. */
  public static ScalarType inMemory(String tensor, DType type) {
    return switch (type) {
      case F64 -> ScalarType.Double;
      case F32 -> ScalarType.Float;
      case BF16 -> ScalarType.BFloat16;
      case F16 -> ScalarType.Half;
      case BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, I32, U32, I64, U64 ->
          throw new ModelException(
              ModelException.Kind.WEIGHTS,
              "Cannot load tensor "
                  + tensor
                  + ": its type "
                  + type
                  + " is none of F64, F32, BF16, F16");
    };
  }

  /** The type in a file of a type in memory. */
  public static DType inFile(ScalarType type) {
    return switch (type) {
      case Double -> DType.F64;
      case Float -> DType.F32;
      case BFloat16 -> DType.BF16;
      case Half -> DType.F16;
      default ->
          throw new ModelException(
              ModelException.Kind.WEIGHTS,
              "Cannot save weights of type " + type + ": use Double, Float, BFloat16 or Half");
    };
  }
}
