package io.sparkmm.train.launch;

import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.WorkerTimes;
import java.io.Serializable;

/** What workers tell the driver through {@link ProgressPlugin}. */
interface ProgressMessage extends Serializable {
  /** The job that the message belongs to. */
  String runId();

  /** Whether the worker waits until the driver has dealt with the message. */
  default boolean wantsReply() {
    return false;
  }

  /** A worker has its place. */
  record Joined(String runId, WorkerPlace place) implements ProgressMessage {
    @Override
    public boolean wantsReply() {
      return true;
    }
  }

  /** A worker is alive. */
  record Beat(String runId, int rank, String phase, long step) implements ProgressMessage {}

  /** An iteration is done. */
  record Iteration(String runId, int rank, IterationRecord values) implements ProgressMessage {}

  /** Rank 0 is about to train. */
  record Started(String runId, TrainStart start) implements ProgressMessage {}

  /** Where a worker's time went. */
  record Times(String runId, WorkerTimes times) implements ProgressMessage {}

  /** A worker failed. */
  record Failed(String runId, WorkerFailure failure) implements ProgressMessage {
    @Override
    public boolean wantsReply() {
      return true;
    }
  }

  /** A worker is done; nothing follows. */
  record Done(String runId, int rank) implements ProgressMessage {
    @Override
    public boolean wantsReply() {
      return true;
    }
  }
}
