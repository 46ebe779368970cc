package io.sparkmm.train.npu;

import java.util.stream.IntStream;

/**
 * Which workers form a group.
 *
 * @param path name of the group, the same on all its members and nowhere else
 * @param rank of this worker in the group
 * @param workers ranks among all workers, in the order of the group's ranks
 */
record Membership(String path, int rank, int[] workers) {
  /** All workers. */
  static Membership all(String generation, int rank, int size) {
    return new Membership(generation, rank, IntStream.range(0, size).toArray());
  }

  int size() {
    return workers.length;
  }
}
