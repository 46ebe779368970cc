package io.sparkmm.train.npu;

import java.util.Locale;
import java.util.Optional;

/** Results of HCCL functions (HCCL, {@code hccl_types.h}). */
public enum HcclResult {
  HCCL_SUCCESS(0),
  HCCL_E_PARA(1),
  HCCL_E_PTR(2),
  HCCL_E_MEMORY(3),
  HCCL_E_INTERNAL(4),
  HCCL_E_NOT_SUPPORT(5),
  HCCL_E_NOT_FOUND(6),
  HCCL_E_UNAVAIL(7),
  HCCL_E_SYSCALL(8),
  HCCL_E_TIMEOUT(9),
  HCCL_E_OPEN_FILE_FAILURE(10),
  HCCL_E_TCP_CONNECT(11),
  HCCL_E_ROCE_CONNECT(12),
  HCCL_E_TCP_TRANSFER(13),
  HCCL_E_ROCE_TRANSFER(14),
  HCCL_E_RUNTIME(15),
  HCCL_E_DRV(16),
  HCCL_E_PROFILING(17),
  HCCL_E_CCE(18),
  HCCL_E_NETWORK(19),
  HCCL_E_AGAIN(20),
  HCCL_E_REMOTE(21),
  HCCL_E_SUSPENDING(22),
  HCCL_E_OPRETRY_FAIL(23),
  HCCL_E_OOM(24),
  HCCL_E_IN_STATUS(1041);

  private final int code;

  HcclResult(int code) {
    this.code = code;
  }

  /** Value of the C enum. */
  public int code() {
    return code;
  }

  /** The result of a code; newer libraries know more codes than this table. */
  public static Optional<HcclResult> fromCode(int code) {
    for (HcclResult result : values()) {
      if (result.code == code) {
        return Optional.of(result);
      }
    }
    return Optional.empty();
  }

  /** Name of a code in the C header, or {@code unknown(n)}. */
  public static String describe(int code) {
    return fromCode(code)
        .map(HcclResult::name)
        .orElse(String.format(Locale.ROOT, "unknown(%d)", code));
  }
}
