package io.sparkmm.train.launch;

import io.sparkmm.train.fault.FaultRecord;
import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.metrics.WorkerTimes;

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
  public void validation(ValidationRecord values, boolean afterTraining) {
    next.validation(values, afterTraining);
  }

  @Override
  public void note(int rank, String text) {
    next.note(rank, text);
  }

  @Override
  public void started(TrainStart start) {
    next.started(start);
  }

  @Override
  public void times(WorkerTimes times) {
    next.times(times);
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
