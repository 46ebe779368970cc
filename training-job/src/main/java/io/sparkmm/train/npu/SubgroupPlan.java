package io.sparkmm.train.npu;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How groups are split off: out of the communicator of all workers, where the library can do that
 * and the ranks keep their order, else by a communicator of their own. All workers decide alike.
 */
enum SubgroupPlan {
  /** Every group has one worker. */
  NONE,
  /** Out of the communicator of all workers. */
  FROM_GLOBAL,
  /** Each group for itself. */
  BY_ROOT_INFO;

  /** The function that makes a communicator out of another one. */
  static final String FUNCTION = "HcclCreateSubCommConfig";

  private static final Logger LOG = LoggerFactory.getLogger(SubgroupPlan.class);

  static SubgroupPlan of(List<int[]> groups, boolean global, boolean supported) {
    if (groups.stream().allMatch(group -> group.length == 1)) {
      return NONE;
    }
    return global && supported && groups.stream().allMatch(SubgroupPlan::ascending)
        ? FROM_GLOBAL
        : BY_ROOT_INFO;
  }

  /**
   * Joins the group of this worker.
   *
   * @param number stands for the group among all that are split off the global communicator
   * @return empty for a group of one worker
   */
  Optional<HcclCommunicator> join(
      HcclSession session, HcclCommunicator global, Membership part, long number) {
    if (this == FROM_GLOBAL) {
      try {
        return global.subgroup(part, number);
      } catch (NpuException problem) {
        if (problem.code() != HcclResult.HCCL_E_NOT_SUPPORT.code()) {
          throw problem;
        }
        LOG.info("{}; the group gets a communicator of its own", problem.getMessage());
      }
    }
    return part.size() == 1
        ? Optional.empty()
        : Optional.of(HcclCommunicator.byRootInfo(session, part));
  }

  private static boolean ascending(int[] ranks) {
    for (int i = 1; i < ranks.length; i++) {
      if (ranks[i] < ranks[i - 1]) {
        return false;
      }
    }
    return true;
  }
}
