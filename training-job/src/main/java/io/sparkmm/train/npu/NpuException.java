package io.sparkmm.train.npu;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A call of the ACL runtime or of HCCL failed. */
public final class NpuException extends RuntimeException {
  /**
   * Results that say that a peer is late or gone. They are a consequence: the cause is on another
   * rank.
   */
  private static final Set<String> OF_PEER =
      Set.of(
          HcclResult.HCCL_E_TIMEOUT.name(),
          HcclResult.HCCL_E_NOT_FOUND.name(),
          HcclResult.HCCL_E_TCP_CONNECT.name(),
          HcclResult.HCCL_E_ROCE_CONNECT.name(),
          HcclResult.HCCL_E_TCP_TRANSFER.name(),
          HcclResult.HCCL_E_ROCE_TRANSFER.name(),
          HcclResult.HCCL_E_REMOTE.name(),
          HcclResult.HCCL_E_OPRETRY_FAIL.name(),
          AclError.ACL_ERROR_RT_STREAM_SYNC_TIMEOUT.name(),
          AclError.ACL_ERROR_RT_FFTS_PLUS_TIMEOUT.name(),
          AclError.ACL_ERROR_RT_LINK_ERROR.name(),
          AclError.ACL_ERROR_RT_SUSPECT_REMOTE_ERROR.name(),
          AclError.ACL_ERROR_RT_COMM_OP_RETRY_FAIL.name());

  private final Call call;
  private final String recentMessage;

  /**
   * A call and how it ended.
   *
   * @param api name of the C function
   * @param code what it returned
   * @param name of the code in the C header, or {@code unknown(n)}
   * @param where rank, device and communicator, as far as there are any
   */
  public record Call(String api, int code, String name, Where where) {
    public Call {
      Objects.requireNonNull(api, "api");
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(where, "where");
    }
  }

  /**
   * Where a call was made.
   *
   * @param rank of the worker; -1 where it has none yet
   * @param device index; -1 before one was chosen
   * @param communicator its name, empty for none
   */
  public record Where(int rank, int device, String communicator) {
    /** Outside of any device. */
    public static final Where NOWHERE = new Where(-1, -1, "");

    public Where {
      Objects.requireNonNull(communicator, "communicator");
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      if (rank >= 0) {
        text.append(" on rank ").append(rank);
      }
      if (device >= 0) {
        text.append(rank >= 0 ? ", npu:" : " on npu:").append(device);
      }
      if (!communicator.isEmpty()) {
        text.append(", communicator ").append(communicator);
      }
      return text.toString();
    }
  }

  /**
   * Makes an exception.
   *
   * @param recentMessage what {@code aclGetRecentErrMsg} said, empty for nothing
   */
  public NpuException(Call call, String recentMessage) {
    super(text(call, recentMessage));
    this.call = call;
    this.recentMessage = recentMessage;
  }

  /** Name of the C function that failed. */
  public String api() {
    return call.api();
  }

  /** What it returned. */
  public int code() {
    return call.code();
  }

  /** Name of the code in the C header, or {@code unknown(n)}. */
  public String name() {
    return call.name();
  }

  /** Rank, device and communicator. */
  public Where where() {
    return call.where();
  }

  /** All that the runtime said about the failure; may have many lines, or none. */
  public String recentMessage() {
    return recentMessage;
  }

  /** What a user can do, if that is known. */
  public Optional<String> hint() {
    return NpuFault.explain(call.code(), recentMessage).map(NpuFault::remedy);
  }

  /** Whether the cause is most likely on another rank. */
  public boolean ofPeer() {
    return OF_PEER.contains(call.name());
  }

  private static String text(Call call, String recentMessage) {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "Cannot %s%s: %s",
                call.api(),
                call.where(),
                call.name().startsWith("unknown(")
                    ? call.name()
                    : call.name() + " (" + call.code() + ")"));
    recentMessage
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .findFirst()
        .ifPresent(line -> text.append(": ").append(line));
    NpuFault.explain(call.code(), recentMessage)
        .ifPresent(
            fault -> text.append("; ").append(fault.title()).append(": ").append(fault.remedy()));
    return text.toString();
  }
}
