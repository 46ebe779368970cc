package io.sparkmm.train.launch;

import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.ValidationRecord;
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

  /**
   * A worker is alive.
   *
   * @param moves counts what the worker has done; a worker without progress does not move
   * @param waitsFor the exchange with other workers that it waits for; empty while it is busy
   */
  record Beat(String runId, int rank, String phase, long step, long moves, String waitsFor)
      implements ProgressMessage {}

  /** A worker reached its task and is looking for the others. */
  record Arrived(String runId, int partition, String host, String executorId)
      implements ProgressMessage {}

  /** A fault of the run's plan is about to happen. */
  record Fault(String runId, int rank, int number) implements ProgressMessage {
    @Override
    public boolean wantsReply() {
      return true;
    }
  }

  /** An iteration is done. */
  record Iteration(String runId, int rank, IterationRecord values) implements ProgressMessage {}

  /** A validation is done. */
  record Validation(String runId, ValidationRecord values, boolean afterTraining)
      implements ProgressMessage {}

  /** A worker has something to say to the user. */
  record Note(String runId, int rank, String text) implements ProgressMessage {}

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
  record Done(String runId, int rank, Serializable result) implements ProgressMessage {
    @Override
    public boolean wantsReply() {
      return true;
    }
  }
}
