package io.sparkmm.train.npu;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What to do about a failure, by the fault code in the runtime's message (CANN, error codes EInnnn,
 * EJnnnn) or, without one, by the name of the result.
 */
final class NpuHints {
  private static final Map<String, String> BY_FAULT = new LinkedHashMap<>();
  private static final Map<String, String> BY_NAME = new LinkedHashMap<>();

  static {
    BY_FAULT.put(
        "EJ0001",
        "a process that ended a moment ago, or another one, still holds the card: wait 10 s, and"
            + " list its owners with npu-smi info");
    BY_FAULT.put("EJ0002", "a network port of the card is down: check hccn_tool -i N -link -g");
    BY_FAULT.put("EJ0003", "a network port of the card is taken: end the other job on this host");
    BY_FAULT.put("EJ0004", "the card has no valid network address: check hccn_tool -i N -ip -g");
    BY_FAULT.put("EI0001", "correct the HCCL_* environment variable that is named");
    BY_FAULT.put(
        "EI0002",
        "a rank did not take part: look for the first rank with another error, and keep"
            + " HCCL_EXEC_TIMEOUT above the longest time that ranks are apart");
    BY_FAULT.put("EI0004", "correct the rank table file");
    BY_FAULT.put("EI0005", "the ranks did different operations: compare count, type and operation");
    BY_FAULT.put(
        "EI0006",
        "a peer started late, has died or cannot be reached: check the network interface"
            + " (HCCL_SOCKET_IFNAME) and raise HCCL_CONNECT_TIMEOUT");
    BY_FAULT.put(
        "EI0007", "the card is out of resources: each communicator takes twice HCCL_BUFFSIZE MB");
    BY_FAULT.put("EI0008", "install the same CANN version on every host");
    BY_FAULT.put("EI0009", "check the card's network: hccn_tool -i N -ip -g and -link -g");
    BY_FAULT.put(
        "EI0010", "set HCCL_INTRA_ROCE_ENABLE=1 and HCCL_INTRA_PCIE_ENABLE=0 on every rank");
    BY_FAULT.put(
        "EI0011", "the card's memory is full: use smaller batches or a smaller HCCL_BUFFSIZE");
    BY_FAULT.put("EI0013", "the link to a peer broke: look for a rank that has died");
    BY_FAULT.put("EI0014", "the ranks have different rank table files");
    BY_FAULT.put(
        "EI0015",
        "ranks are missing: check the firewall and HCCL_SOCKET_IFNAME, and look for ranks that"
            + " started late");
    BY_FAULT.put("EI0016", "set TLS alike on every host: hccn_tool -i N -tls -g");
    BY_FAULT.put("EI0017", "a field of the rank table file is missing");
    BY_FAULT.put("EI0018", "the link to a peer broke: look for a rank that has died");
    BY_FAULT.put(
        "EI0019",
        "another job on this host has the ports: set HCCL_IF_BASE_PORT to the first of 32 free ones");
    BY_FAULT.put(
        "EI0020",
        "another job has the card's port: set HCCL_NPU_SOCKET_PORT_RANGE=auto everywhere");
    BY_FAULT.put("E30006", "install an operator package of the same version as CANN");

    BY_NAME.put(
        AclError.ACL_ERROR_RT_DEV_SETUP_ERROR.name(),
        "another process may hold the card (npu-smi info), or driver and CANN do not fit");
    BY_NAME.put(
        AclError.ACL_ERROR_RT_INVALID_DEVICEID.name(),
        "there are fewer devices than that: check ASCEND_RT_VISIBLE_DEVICES");
    BY_NAME.put(
        AclError.ACL_ERROR_RT_NO_DEVICE.name(),
        "mount /dev/davinciN and the driver's folders into the container");
    BY_NAME.put(AclError.ACL_ERROR_RT_CONTEXT_NULL.name(), "the thread has not chosen a device");
    BY_NAME.put(
        AclError.ACL_ERROR_RT_MEMORY_ALLOCATION.name(),
        "the card's memory is full: each communicator takes twice HCCL_BUFFSIZE MB of it");
    BY_NAME.put(
        AclError.ACL_ERROR_RT_DEVICE_OOM.name(),
        "the card's memory is full: each communicator takes twice HCCL_BUFFSIZE MB of it");
    BY_NAME.put(
        HcclResult.HCCL_E_TIMEOUT.name(),
        "a rank is late or gone: look for the first rank with another error");
    BY_NAME.put(
        HcclResult.HCCL_E_REMOTE.name(), "the link to a peer broke: look for a rank that has died");
  }

  private NpuHints() {}

  static Optional<String> of(String name, String recentMessage) {
    return BY_FAULT.entrySet().stream()
        .filter(fault -> recentMessage.contains(fault.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .or(() -> Optional.ofNullable(BY_NAME.get(name)));
  }
}
