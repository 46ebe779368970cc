package io.sparkmm.train.launch;

import io.sparkmm.train.metrics.EvaluationRecord;
import io.sparkmm.train.metrics.IterationRecord;
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

  /** A validation is done. */
  record Evaluation(String runId, int rank, EvaluationRecord values) implements ProgressMessage {}

  /** A worker has something to say to the user. */
  record Note(String runId, int rank, String text) implements ProgressMessage {}

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
