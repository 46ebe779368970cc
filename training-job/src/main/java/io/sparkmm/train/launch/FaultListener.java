package io.sparkmm.train.launch;

import io.sparkmm.train.fault.FaultRecord;
import io.sparkmm.train.metrics.IterationRecord;

/** Remembers which faults have happened, and passes everything else on. */
final class FaultListener implements ProgressListener {
  private final ProgressListener next;
  private final FaultRecord faults;

  FaultListener(ProgressListener next, FaultRecord faults) {
    this.next = next;
    this.faults = faults;
  }

  @Override
  public void joined(WorkerPlace place) {
    next.joined(place);
  }

  @Override
  public void iteration(IterationRecord values) {
    next.iteration(values);
  }

  @Override
  public void fault(int number) {
    faults.fired(number);
    next.fault(number);
  }

  @Override
  public void restarted(Restart restart) {
    next.restarted(restart);
  }
}
