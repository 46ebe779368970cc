package io.sparkmm.train.comm;

import java.time.Duration;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Collective operations of one group of workers. All ranks of the group issue the same operations
 * in the same order; an operation that fails makes the group unusable and says which rank noticed
 * what.
 *
 * <p>Implementations: {@code local} (one rank), {@code gloo}; more through {@link
 * CollectivesProvider}. An object belongs to one thread at a time.
 */
public interface Collectives extends AutoCloseable {
  /** An operation under way. */
  interface Pending {
    /**
     * Waits until the operation is done.
     *
     * @throws CollectiveException when a peer is lost or the group's timeout has passed
     */
    void await();
  }

  /** How values of several ranks become one. */
  enum Reduction {
    SUM,
    /** Arithmetic mean over the ranks. */
    AVG,
    MAX
  }

  /** Name of the backend, for logs. */
  String backend();

  /** How bytes travel between the ranks, for logs. */
  default String transport() {
    return backend();
  }

  /** This worker's rank in the group, counted from 0. */
  int rank();

  /** Number of ranks in the group. */
  int size();

  /**
   * Concatenates every rank's {@code input} in rank order.
   *
   * @param output contiguous, {@code size() * input.numel()} elements
   * @param input contiguous, same element count on every rank
   */
  Pending allGather(Tensor output, Tensor input);

  /**
   * Reduces {@code input} over the ranks and leaves slice {@code rank()} of it in {@code output}.
   *
   * @param output contiguous, {@code input.numel() / size()} elements
   * @param input contiguous; may be overwritten
   */
  Pending reduceScatter(Tensor output, Tensor input, Reduction reduction);

  /** Reduces a contiguous tensor over the ranks, in place. */
  Pending allReduce(Tensor tensor, Reduction reduction);

  /** Copies the root's contiguous tensor to every rank, in place. */
  Pending broadcast(Tensor tensor, int root);

  /** Waits until every rank has called it. */
  void barrier(Duration timeout);

  /**
   * Makes a group of some ranks of this one. Every rank of this group calls it with the same lists,
   * which are disjoint and cover the group, and gets the one group that it belongs to.
   *
   * @param groups ranks of this group, each list in the order of the new ranks
   * @param name what the groups are for; may be used again
   */
  Collectives split(List<int[]> groups, String name);

  /** Gives the group up; operations under way fail on every rank. Never throws. */
  void abort();

  @Override
  void close();
}
