package io.sparkmm.train.launch;

import java.io.Serializable;
import java.util.Objects;

/**
 * What went wrong in one worker.
 *
 * @param origin whether the worker failed by itself
 * @param kind kind of the failure
 * @param rank the worker's rank, {@code -1} when it failed before ranks were given out
 * @param partition Spark partition of the worker's task
 * @param host host of the worker
 * @param executorId Spark executor of the worker
 * @param phase what the worker was doing
 * @param step iteration that the worker was in, 0 before the first one
 * @param repeats whether another attempt would fail in the same way
 * @param error the worker's exception, mirrored
 */
record WorkerFailure(
    Origin origin,
    LaunchException.Kind kind,
    int rank,
    int partition,
    String host,
    String executorId,
    String phase,
    long step,
    boolean repeats,
    RemoteError error)
    implements Serializable {
  /** How a failure relates to the failures of other workers. */
  enum Origin {
    /** The worker failed by itself: a cause. */
    OWN,
    /** The worker noticed that a peer is gone: a consequence, unless nothing else is known. */
    PEER
  }

  WorkerFailure {
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(error, "error");
  }

  /** Who failed, for messages. */
  String worker() {
    String name = rank < 0 ? "the worker of partition " + partition : "rank " + rank;
    return name + " on host " + host + " (executor " + executorId + ")";
  }

  /** Who failed when and why, as part of a sentence. */
  String story() {
    String about =
        origin == Origin.PEER
            ? " (it lost its peers; none of them reported a cause of its own)"
            : "";
    return worker() + " failed " + moment() + about + ": " + error.getMessage();
  }

  /** When it failed, for messages. */
  String moment() {
    boolean iterates = step > 0 && !phase.equals(WorkerWaits.EXPORT);
    return iterates ? "in iteration " + step : "in phase " + phase;
  }
}
