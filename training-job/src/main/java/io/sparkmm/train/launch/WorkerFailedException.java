package io.sparkmm.train.launch;

import java.util.Locale;

/**
 * A worker failed and the job ended with it. The message names the first worker that failed and
 * why; {@link #getCause()} has that worker's stack trace.
 */
public final class WorkerFailedException extends LaunchException {
  private final int rank;
  private final int worldSize;
  private final String host;
  private final long iteration;
  private final String workerCause;
  private final String rankTable;

  WorkerFailedException(WorkerFailure failure, int worldSize, String rankTable) {
    super(failure.kind(), message(failure, worldSize), failure.error());
    this.rank = failure.rank();
    this.worldSize = worldSize;
    this.host = failure.host();
    this.iteration = failure.step();
    this.workerCause = failure.error().getMessage();
    this.rankTable = rankTable;
  }

  private static String message(WorkerFailure failure, int worldSize) {
    String about =
        failure.origin() == WorkerFailure.Origin.PEER
            ? " (it lost its peers; none of them reported a cause of its own)"
            : "";
    return String.format(
        Locale.ROOT,
        "Cannot go on with %d workers: %s failed %s%s: %s",
        worldSize,
        failure.worker(),
        failure.moment(),
        about,
        failure.error().getMessage());
  }

  /** Rank of the worker that failed first, {@code -1} if it failed before ranks were given out. */
  public int rank() {
    return rank;
  }

  /** Number of workers of the job. */
  public int worldSize() {
    return worldSize;
  }

  /** Host of the worker that failed first. */
  public String host() {
    return host;
  }

  /** Iteration that the worker was in, 0 before the first one. */
  public long iteration() {
    return iteration;
  }

  /** The worker's own words: exception class and message. */
  public String workerCause() {
    return workerCause;
  }

  /** Last sign of life of every worker, as a table of several lines. */
  public String rankTable() {
    return rankTable;
  }
}
