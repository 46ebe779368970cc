package io.sparkmm.train.npu;

import com.sun.jna.ptr.IntByReference;
import io.sparkmm.conf.NpuVariables;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.comm.CollectivesProvider;
import io.sparkmm.train.comm.CollectivesSettings;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.npu.host.NpuAddress;
import io.sparkmm.train.npu.meeting.Meeting;
import io.sparkmm.train.npu.meeting.Member;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Provider {@code hccl}: NPUs over HCCL. Workers meet at rank 0's port, where the record goes round
 * by which HCCL connects them, unless {@value #RANK_TABLE} names a rank table file. Needs one
 * process for each worker.
 */
public final class HcclProvider implements CollectivesProvider {
  /** Environment variable with the path of a rank table file. */
  public static final String RANK_TABLE = "RANK_TABLE_FILE";

  private static final Logger LOG = LoggerFactory.getLogger(HcclProvider.class);
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final String PHYSICAL = "aclrtGetPhyDevIdByLogicDevId";

  @Override
  public String name() {
    return "hccl";
  }

  @Override
  public int priority() {
    return 5;
  }

  @Override
  public Availability availability() {
    try {
      NpuRuntime runtime = NpuRuntime.shared();
      int devices = runtime.deviceCount();
      if (devices == 0) {
        return new Availability(
            false, "no NPU is visible: check /dev/davinciN, the driver and " + NpuAddress.VISIBLE);
      }
      String chip = runtime.socName();
      if (ChipFamily.of(chip) == ChipFamily.ASCEND_310P) {
        return new Availability(false, "HCCL on " + chip + " has no broadcast; it cannot train");
      }
      return new Availability(
          true,
          String.format(
              "%d NPUs (%s) are visible through %s",
              devices, chip, String.join(", ", runtime.libraries().files())));
    } catch (NpuLibraryException | NpuException | LinkageError problem) {
      return new Availability(false, String.valueOf(problem.getMessage()));
    }
  }

  @Override
  public Collectives create(CollectivesSettings settings) {
    if (settings.size() == 1) {
      return new LocalCollectives();
    }
    NpuRuntime runtime = NpuRuntime.shared();
    int index = device(runtime, settings);
    runtime.coolDown();
    Meeting meeting = Meeting.join(settings, self(runtime, settings.rank(), index));
    NpuDevice device;
    try {
      device = runtime.take(index);
    } catch (RuntimeException problem) {
      meeting.giveUp(String.valueOf(problem.getMessage()));
      meeting.close();
      throw problem;
    }
    HcclSession session = new HcclSession(settings, device, meeting);
    Membership members = Membership.all(settings.generation(), settings.rank(), settings.size());
    HcclCommunicator communicator;
    try {
      communicator = connect(session, members);
    } catch (RuntimeException problem) {
      session.fail(String.valueOf(problem.getMessage()));
      session.end();
      throw problem;
    }
    HcclCollectives group = HcclCollectives.open(session, communicator, members);
    LOG.info(
        "rank {} of {} uses npu:{} of {} in communicator {}",
        settings.rank(),
        settings.size(),
        index,
        host(),
        communicator.name());
    return group;
  }

  private static HcclCommunicator connect(HcclSession session, Membership members) {
    String table = System.getenv().getOrDefault(RANK_TABLE, "");
    if (table.isEmpty()) {
      return HcclCommunicator.byRootInfo(session, members);
    }
    Path file = Path.of(table);
    RankTableFile.await(file, session.settings().timeout()).require(members.rank(), members.size());
    return HcclCommunicator.byRankTable(session, members, file);
  }

  private static int device(NpuRuntime runtime, CollectivesSettings settings) {
    int devices = runtime.deviceCount();
    if (settings.device().isEmpty() && devices != 1) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot choose an NPU for rank %d: %d are visible and the worker was given none"
                  + " (spark.task.resource.npu.amount=1)",
              settings.rank(), devices));
    }
    int index = settings.device().orElse(0);
    if (index < 0 || index >= devices) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot use npu:%d on rank %d: %d are visible (%s is %s)",
              index,
              settings.rank(),
              devices,
              NpuAddress.VISIBLE,
              System.getenv().getOrDefault(NpuAddress.VISIBLE, "not set")));
    }
    return index;
  }

  private static Member self(NpuRuntime runtime, int rank, int index) {
    return new Member(
        rank,
        host(),
        physical(runtime, index),
        runtime.socName(),
        NpuVariables.uniform(System.getenv()));
  }

  /** Number of a card that is the same for all processes of a host, whichever cards they see. */
  private static int physical(NpuRuntime runtime, int index) {
    List<Integer> visible =
        NpuAddress.visible(System.getenv().getOrDefault(NpuAddress.VISIBLE, ""));
    int logic = index < visible.size() ? visible.get(index) : index;
    if (!runtime.libraries().has(PHYSICAL)) {
      return logic;
    }
    IntByReference physical = new IntByReference();
    return runtime.ask(
        acl ->
            acl.aclrtGetPhyDevIdByLogicDevId(logic, physical) == 0 ? physical.getValue() : logic);
  }

  /** This host's own name; no name server is asked. */
  private static String host() {
    try {
      return Files.readString(HOST_NAME).strip();
    } catch (IOException problem) {
      throw new UncheckedIOException("Cannot find the name of this host", problem);
    }
  }
}
