package io.sparkmm.train.npu;

import io.sparkmm.train.comm.Collectives.Reduction;

/** How HCCL makes one value of several (HCCL, {@code hccl_types.h}). It has no mean. */
public enum HcclReduceOp {
  SUM(0),
  PROD(1),
  MAX(2),
  MIN(3);

  private final int code;

  HcclReduceOp(int code) {
    this.code = code;
  }

  /** Value of the C enum. */
  public int code() {
    return code;
  }

  /** What is asked of HCCL for a reduction: a mean is a sum that the caller divides. */
  public static HcclReduceOp of(Reduction reduction) {
    return switch (reduction) {
      case SUM, AVG -> SUM;
      case MAX -> MAX;
    };
  }
}
