package io.sparkmm.train.npu;

import java.util.EnumSet;
import java.util.Set;

/**
 * Generations of chips, as far as HCCL differs between them (HCCL, documentation of the operations;
 * argument checks of its sources).
 */
public enum ChipFamily {
  /** Atlas training series: no bfloat16. */
  ASCEND_910(
      EnumSet.of(
          HcclDataType.INT8,
          HcclDataType.INT32,
          HcclDataType.INT64,
          HcclDataType.FP16,
          HcclDataType.FP32),
      false),
  /** Atlas A2: Ascend910B1 and its siblings. */
  A2(
      EnumSet.of(
          HcclDataType.INT8,
          HcclDataType.INT16,
          HcclDataType.INT32,
          HcclDataType.INT64,
          HcclDataType.FP16,
          HcclDataType.FP32,
          HcclDataType.BFP16),
      true),
  /** Atlas A3; in its usual mode it does not add 64-bit integers. */
  A3(
      EnumSet.of(
          HcclDataType.INT8,
          HcclDataType.INT16,
          HcclDataType.INT32,
          HcclDataType.FP16,
          HcclDataType.FP32,
          HcclDataType.BFP16),
      true),
  /** Ascend 950. */
  ASCEND_950(
      EnumSet.of(
          HcclDataType.INT8,
          HcclDataType.INT16,
          HcclDataType.INT32,
          HcclDataType.INT64,
          HcclDataType.UINT64,
          HcclDataType.FP16,
          HcclDataType.FP32,
          HcclDataType.FP64,
          HcclDataType.BFP16),
      true),
  /** Atlas 300I Duo: made for inference, has no broadcast. */
  ASCEND_310P(
      EnumSet.of(
          HcclDataType.INT8,
          HcclDataType.INT16,
          HcclDataType.INT32,
          HcclDataType.FP16,
          HcclDataType.FP32),
      false),
  /** A chip that this program does not know: only what all newer chips share is asked of it. */
  UNKNOWN(A3.reduced, true);

  private final Set<HcclDataType> reduced;
  private final boolean bfloat16;

  ChipFamily(Set<HcclDataType> reduced, boolean bfloat16) {
    this.reduced = Set.copyOf(reduced);
    this.bfloat16 = bfloat16;
  }

  /** The family of a chip by the runtime's name for it, for instance {@code Ascend910B3}. */
  public static ChipFamily of(String socName) {
    if (socName.startsWith("Ascend950") || socName.startsWith("Ascend910_95")) {
      return ASCEND_950;
    }
    if (socName.startsWith("Ascend910_93")) {
      return A3;
    }
    if (socName.matches("Ascend910B[0-9].*")) {
      return A2;
    }
    if (socName.startsWith("Ascend910")) {
      return ASCEND_910;
    }
    if (socName.startsWith("Ascend310P")) {
      return ASCEND_310P;
    }
    return UNKNOWN;
  }

  /** Whether HCCL can reduce elements of a type on this chip. */
  public boolean reduces(HcclDataType type) {
    return reduced.contains(type);
  }

  /** Whether the chip knows bfloat16 at all. */
  public boolean hasBfloat16() {
    return bfloat16;
  }
}
