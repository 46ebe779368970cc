package io.sparkmm.train.launch;

import io.sparkmm.train.fault.FaultRecord;
import java.io.Serializable;
import java.util.List;

/**
 * What is particular to one attempt of a run.
 *
 * @param attempt its number; the first one is 1
 * @param fromIteration iterations of the run's own newest checkpoint, which an attempt after the
 *     first goes on from; 0 to start as the first attempt did
 * @param faults faults of the run that have not happened yet
 */
record AttemptPlan(int attempt, long fromIteration, List<FaultRecord.Armed> faults)
    implements Serializable {
  AttemptPlan {
    faults = List.copyOf(faults);
  }

  /** Whether the attempt goes on from what an earlier attempt of the same run has kept. */
  boolean goesOn() {
    return attempt > 1 && fromIteration > 0;
  }
}
