package io.sparkmm.train.npu;

import java.util.Locale;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Element types of HCCL (HCCL, {@code hccl_types.h}). The numbers are neither those of ACL nor
 * those of libtorch; {@link #of} translates by table.
 */
public enum HcclDataType {
  INT8(0, 1),
  INT16(1, 2),
  INT32(2, 4),
  FP16(3, 2),
  FP32(4, 4),
  INT64(5, 8),
  UINT64(6, 8),
  UINT8(7, 1),
  UINT16(8, 2),
  UINT32(9, 4),
  FP64(10, 8),
  BFP16(11, 2),
  INT128(12, 16),
  HIF8(14, 1),
  FP8E4M3(15, 1),
  FP8E5M2(16, 1),
  FP8E8M0(17, 1);

  private final int code;
  private final int bytes;

  HcclDataType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** Value of the C enum. */
  public int code() {
    return code;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** The type of a code, if there is one. */
  public static Optional<HcclDataType> fromCode(int code) {
    for (HcclDataType type : values()) {
      if (type.code == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Name of a code in the C header, or {@code unknown(n)}. */
  public static String describe(int code) {
    return fromCode(code)
        .map(type -> "HCCL_DATA_TYPE_" + type.name())
        .orElse(String.format(Locale.ROOT, "unknown(%d)", code));
  }

  /**
   * The type that carries elements of a libtorch type; truth values travel as unsigned bytes. Empty
   * for types that HCCL cannot move.
   */
  public static Optional<HcclDataType> of(ScalarType type) {
    return Optional.ofNullable(
        switch (type.intern()) {
          case Char -> INT8;
          case Short -> INT16;
          case Int -> INT32;
          case Long -> INT64;
          case Byte, Bool -> UINT8;
          case UInt16 -> UINT16;
          case UInt32 -> UINT32;
          case UInt64 -> UINT64;
          case Half -> FP16;
          case BFloat16 -> BFP16;
          case Float -> FP32;
          case Double -> FP64;
          case Float8_e4m3fn -> FP8E4M3;
          case Float8_e5m2 -> FP8E5M2;
          case Float8_e8m0fnu -> FP8E8M0;
          default -> null;
        });
  }

  /** The libtorch type that holds elements of this type, if there is one. */
  public Optional<ScalarType> scalarType() {
    return Optional.ofNullable(
        switch (this) {
          case INT8 -> ScalarType.Char;
          case INT16 -> ScalarType.Short;
          case INT32 -> ScalarType.Int;
          case INT64 -> ScalarType.Long;
          case UINT8 -> ScalarType.Byte;
          case UINT16 -> ScalarType.UInt16;
          case UINT32 -> ScalarType.UInt32;
          case UINT64 -> ScalarType.UInt64;
          case FP16 -> ScalarType.Half;
          case BFP16 -> ScalarType.BFloat16;
          case FP32 -> ScalarType.Float;
          case FP64 -> ScalarType.Double;
          case FP8E4M3 -> ScalarType.Float8_e4m3fn;
          case FP8E5M2 -> ScalarType.Float8_e5m2;
          case FP8E8M0 -> ScalarType.Float8_e8m0fnu;
          case INT128, HIF8 -> null;
        });
  }
}
