package io.sparkmm.train.launch;

import java.util.Locale;
import java.util.Objects;

/**
 * A worker failed and the job ended with it. The message names the first worker that failed and
 * why; {@link #getCause()} has that worker's stack trace.
 */
public final class WorkerFailedException extends LaunchException {
  private final transient WorkerFailure failure;
  private final int worldSize;
  private final String rankTable;
  private final String remark;

  /**
   * Makes an exception.
   *
   * @param remark end of the message, with its punctuation; may be empty
   */
  WorkerFailedException(WorkerFailure failure, int worldSize, String rankTable, String remark) {
    super(
        failure.kind(),
        String.format(
            Locale.ROOT, "Cannot go on with %d workers: %s%s", worldSize, failure.story(), remark),
        failure.error());
    this.failure = Objects.requireNonNull(failure, "failure");
    this.worldSize = worldSize;
    this.rankTable = Objects.requireNonNull(rankTable, "rankTable");
    this.remark = remark;
  }

  /** Rank of the worker that failed first, {@code -1} if it failed before ranks were given out. */
  public int rank() {
    return failure.rank();
  }

  /** Number of workers of the job. */
  public int worldSize() {
    return worldSize;
  }

  /** Host of the worker that failed first. */
  public String host() {
    return failure.host();
  }

  /** Iteration that the worker was in, 0 before the first one. */
  public long iteration() {
    return failure.step();
  }

  /** The worker's own words: exception class and message. */
  public String workerCause() {
    return failure.error().getMessage();
  }

  /** Last sign of life of every worker, as a table of several lines. */
  public String rankTable() {
    return rankTable;
  }

  /** Who failed when and why, as part of a sentence. */
  String story() {
    return failure.story() + remark;
  }

  /** Whether another attempt would fail in the same way. */
  boolean repeats() {
    return failure.repeats();
  }

  /** Whether a worker threw the same error at the same place; lost processes are never the same. */
  boolean isSameAs(WorkerFailedException other) {
    return kind() == Kind.WORKER
        && failure.origin() == WorkerFailure.Origin.OWN
        && other.failure.origin() == WorkerFailure.Origin.OWN
        && rank() == other.rank()
        && iteration() == other.iteration()
        && workerCause().equals(other.workerCause());
  }

  /** The same failure, as the end of a run of several attempts. */
  WorkerFailedException finallyAfter(int failures, String why) {
    return new WorkerFailedException(
        failure,
        worldSize,
        rankTable,
        remark + String.format(Locale.ROOT, " (failure %d in a row: %s)", failures, why));
  }
}
