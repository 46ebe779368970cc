package io.sparkmm.train.npu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A fault of CANN by its code, with what to do about it (HCCL, {@code docs/en/error_codes}; CANN
 * runtime, {@code error_code.json} and {@code rt_error_codes.h}).
 *
 * @param code the code as messages have it, such as {@code EI0006}, the number of an ACL error, or
 *     the name of a result of HCCL
 * @param title what it means
 * @param remedy what a user can do
 * @param retry whether another attempt can help
 */
public record NpuFault(String code, String title, String remedy, Retry retry) {
  /** Whether another attempt can help. */
  public enum Retry {
    /** Of the configuration: it would come again. */
    NEVER,
    /** The card is still held by a former process: after some time. */
    AFTER_COOL_DOWN,
    /** Of the network, a peer or the device: it may not come again. */
    USUAL
  }

  private static final Pattern OF_MESSAGES = Pattern.compile("E[A-Z]?[0-9]+");

  /** Codes of HCCL are below, those of the ACL runtime above. */
  private static final int ACL_CODES = 100_000;

  private static final List<NpuFault> FAULTS = faults();

  /** The fault of a code, such as {@code EJ0001} or {@code 507033}. */
  public static Optional<NpuFault> ofCode(String code) {
    return FAULTS.stream().filter(fault -> fault.code.equals(code)).findFirst();
  }

  /** All faults that are known here, by code. */
  public static List<NpuFault> all() {
    return FAULTS;
  }

  /**
   * The fault that explains a failure best: one of the configuration that the runtime's message
   * names, else the first one that it names, else that of the returned number.
   *
   * @param code what the function of ACL or HCCL returned
   * @param recentMessage what the runtime said, empty for nothing
   */
  public static Optional<NpuFault> explain(int code, String recentMessage) {
    List<NpuFault> named = new ArrayList<>();
    FAULTS.stream()
        .filter(fault -> OF_MESSAGES.matcher(fault.code).matches())
        .filter(fault -> recentMessage.contains(fault.code))
        .sorted(Comparator.comparingInt(fault -> recentMessage.indexOf(fault.code)))
        .forEach(named::add);
    return named.stream()
        .filter(fault -> fault.retry == Retry.NEVER)
        .findFirst()
        .or(() -> named.stream().filter(f -> f.retry == Retry.AFTER_COOL_DOWN).findFirst())
        .or(() -> named.stream().findFirst())
        .or(() -> ofCode(code < ACL_CODES ? HcclResult.describe(code) : Integer.toString(code)));
  }

  private static List<NpuFault> faults() {
    List<NpuFault> faults = new ArrayList<>();
    Adder never = adder(faults, Retry.NEVER);
    Adder usual = adder(faults, Retry.USUAL);
    Adder later = adder(faults, Retry.AFTER_COOL_DOWN);

    never.add(
        "EI0001",
        "an environment variable is out of range",
        "correct the HCCL_* variable that is named; docs/npu.md has the ranges");
    usual.add(
        "EI0002",
        "a rank did not take part in an operation",
        "look for the first rank with another error, and keep HCCL_EXEC_TIMEOUT above the longest"
            + " time that ranks are apart");
    never.add(
        "EI0003", "an argument of HCCL is wrong", "report it with the operation that is named");
    never.add("EI0004", "the rank table cannot be read", "correct RANK_TABLE_FILE, or unset it");
    never.add(
        "EI0005",
        "the ranks did different operations",
        "compare operation, count and type of the two ranks that are named");
    usual.add(
        "EI0006",
        "a peer did not answer in time",
        "look for a rank that started late or has died; check the network interface"
            + " (HCCL_SOCKET_IFNAME), or raise HCCL_CONNECT_TIMEOUT");
    usual.add(
        "EI0007",
        "a resource of the card is used up",
        "make fewer communicators or streams; each communicator takes twice HCCL_BUFFSIZE MB");
    never.add(
        "EI0008", "the workers have different versions of HCCL", "install one CANN on every host");
    usual.add(
        "EI0009",
        "the network of the card cannot be used",
        "check hccn_tool -i N -ip -g, -link -g and -optical -g");
    never.add(
        "EI0010",
        "the cards of a host cannot reach each other",
        "set HCCL_INTRA_ROCE_ENABLE=1 and HCCL_INTRA_PCIE_ENABLE=0 for all workers");
    usual.add(
        "EI0011",
        "the memory of the card is full",
        "use smaller batches, or a smaller HCCL_BUFFSIZE: each communicator takes twice that");
    usual.add(
        "EI0012",
        "memory was freed or too small while the card copied it",
        "report it with the log of the card");
    usual.add("EI0013", "the link to a peer broke", "look for a rank that has died, or a bad link");
    never.add("EI0014", "the ranks have different rank tables", "give all workers the same file");
    usual.add(
        "EI0015",
        "ranks are missing",
        "look for ranks that started late, and check the firewall and HCCL_SOCKET_IFNAME");
    never.add("EI0016", "a setting differs between hosts", "set TLS alike: hccn_tool -i N -tls -g");
    never.add("EI0017", "a field of the rank table is missing", "correct RANK_TABLE_FILE");
    usual.add("EI0018", "the link to a peer broke", "look for a rank that has died, or a bad link");
    usual.add(
        "EI0019",
        "a port of the host is in use",
        "find the other job with ss -ltnp on ports 60000 to 60031, or set HCCL_IF_BASE_PORT to the"
            + " first of 32 free ports");
    usual.add(
        "EI0020",
        "port 16666 of the card is in use",
        "end the other job on this card, or set HCCL_NPU_SOCKET_PORT_RANGE=auto for all workers");
    later.add(
        "EJ0001",
        "another process still holds the card",
        "wait 10 s or longer after a job was ended; npu-smi info lists the owners");
    usual.add("EJ0002", "a port of the card is down", "check hccn_tool -i N -link -g");
    usual.add(
        "EJ0003",
        "a port of the card is in use",
        "end the other job on this host, or set HCCL_NPU_SOCKET_PORT_RANGE=auto for all workers");
    usual.add("EJ0004", "the card has no valid address", "check hccn_tool -i N -ip -g");
    usual.add(
        "EE1010",
        "a stream or event belongs to another device",
        "report it: all calls of a worker must come from one thread");
    never.add(
        "E30006",
        "the operator package does not fit",
        "install the operator package of the same version as CANN");

    usual.add(
        "HCCL_E_TIMEOUT",
        "a rank is late or gone",
        "look for the first rank with another error; HCCL_CONNECT_TIMEOUT and HCCL_EXEC_TIMEOUT say"
            + " how long ranks wait for each other");
    usual.add(
        "HCCL_E_REMOTE",
        "the link to a peer broke",
        "look for a rank that has died, or a bad link");
    usual.add(
        "HCCL_E_TCP_CONNECT",
        "a host cannot be reached",
        "check the network interface (HCCL_SOCKET_IFNAME, HCCL_IF_IP) and the firewall");
    usual.add(
        "HCCL_E_NETWORK",
        "a port or link of the card cannot be used",
        "look for another job on this card; set HCCL_NPU_SOCKET_PORT_RANGE=auto for all workers");
    usual.add(
        "HCCL_E_UNAVAIL",
        "a port of the host is in use, or the card is still held",
        "find the other job with ss -ltnp on ports 60000 to 60031 and npu-smi info, or set"
            + " HCCL_IF_BASE_PORT to the first of 32 free ports");
    usual.add(
        "HCCL_E_OOM", "the memory of the card is full", "use smaller batches or HCCL_BUFFSIZE");
    never.add("100001", "the runtime was not started", "report it");
    usual.add(
        "107001",
        "there is no such device",
        "compare the assigned address with ASCEND_RT_VISIBLE_DEVICES and npu-smi info -m");
    usual.add(
        "107002",
        "the thread has no device",
        "report it: all calls of a worker must come from one thread");
    usual.add("107003", "a stream belongs to another device", "report it");
    usual.add("207001", "the memory of the card is full", "use smaller batches or more workers");
    usual.add("207018", "the memory of the card is full", "use smaller batches or more workers");
    never.add(
        "207004",
        "there is no device",
        "mount /dev/davinciN, /dev/davinci_manager, /dev/devmm_svm, /dev/hisi_hdc and"
            + " /usr/local/Ascend/driver into the container");
    later.add(
        "507033",
        "the device could not be set up",
        "another process may hold the card (npu-smi info), or driver and CANN do not fit");
    usual.add(
        "507046",
        "work on the device did not end in time",
        "look for the first rank with another error");
    usual.add(
        "507048",
        "work on the device did not end in time",
        "this often follows EI0002: look for the first rank with another error");
    return faults.stream().sorted(Comparator.comparing(NpuFault::code)).toList();
  }

  private interface Adder {
    void add(String code, String title, String remedy);
  }

  private static Adder adder(List<NpuFault> faults, Retry retry) {
    return (code, title, remedy) -> faults.add(new NpuFault(code, title, remedy, retry));
  }
}
