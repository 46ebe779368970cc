package io.sparkmm.train.npu;

import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.torch.FloatTypes;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Which elements a chip's HCCL moves and adds, and what stands in where it does not. */
final class HcclTypes {
  /** How a reduction is done. */
  enum Way {
    /** By HCCL. */
    NATIVE,
    /** By HCCL, as 32-bit integers. */
    WIDENED,
    /** HCCL exchanges the values, each rank adds them in rank order. */
    EXCHANGED
  }

  /** Counters and values of tests: small, and exact only in their own type. */
  private static final Set<HcclDataType> EXCHANGEABLE =
      Set.of(HcclDataType.FP64, HcclDataType.INT64, HcclDataType.INT16);

  private final ChipFamily family;
  private final String chip;

  HcclTypes(ChipFamily family, String chip) {
    this.family = family;
    this.chip = chip;
  }

  /**
   * The type under which elements travel where nothing is computed: any of the same size will do.
   *
   * @throws IllegalArgumentException if HCCL has none
   */
  HcclDataType moving(String operation, Tensor tensor) {
    HcclDataType type = typeOf(operation, tensor);
    return switch (type) {
      case BFP16 -> family.hasBfloat16() ? type : HcclDataType.INT16;
      case FP8E4M3, FP8E5M2, FP8E8M0, HIF8 -> HcclDataType.UINT8;
      default -> type;
    };
  }

  /** The type under which elements are added. */
  HcclDataType adding(String operation, Tensor tensor) {
    return typeOf(operation, tensor);
  }

  /**
   * How elements are reduced.
   *
   * @throws IllegalArgumentException if they cannot be, saying on which chip and what to use
   */
  Way way(String operation, Tensor tensor, Reduction reduction) {
    ScalarType scalar = FloatTypes.of(tensor);
    HcclDataType type = typeOf(operation, tensor);
    if (reduction == Reduction.AVG && !isFloat(type)) {
      throw new IllegalArgumentException(
          String.format("Cannot %s %s to a mean: use a floating-point type", operation, scalar));
    }
    if (type == HcclDataType.UINT8) {
      return Way.WIDENED;
    }
    if (family.reduces(type)) {
      return Way.NATIVE;
    }
    if (EXCHANGEABLE.contains(type)) {
      return Way.EXCHANGED;
    }
    throw new IllegalArgumentException(
        String.format(
            "Cannot %s %s: HCCL on %s (%s) does not add that type; use float32 (reduce_dtype"
                + " fp32)",
            operation, scalar, chip, family));
  }

  private HcclDataType typeOf(String operation, Tensor tensor) {
    ScalarType scalar = FloatTypes.of(tensor);
    return HcclDataType.of(scalar)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        "Cannot %s %s: HCCL on %s (%s) has no such type; convert it first",
                        operation, scalar, chip, family)));
  }

  private static boolean isFloat(HcclDataType type) {
    return switch (type) {
      case FP16, FP32, FP64, BFP16, FP8E4M3, FP8E5M2 -> true;
      default -> false;
    };
  }
}
