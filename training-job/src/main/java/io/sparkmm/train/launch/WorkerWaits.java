package io.sparkmm.train.launch;

import io.sparkmm.train.fault.FaultInjector;
import io.sparkmm.train.fault.Moment;
import io.sparkmm.train.fault.ObservedCollectives;

/** Tells the driver when the worker's own thread waits for others; faults may strike there. */
final class WorkerWaits implements ObservedCollectives.Observer {
  static final String EXPORT = "export";

  private final Thread worker = Thread.currentThread();
  private final WorkerReporter report;
  private final FaultInjector faults;

  /** Watches the calling thread; waits of helper threads say nothing about progress. */
  WorkerWaits(WorkerReporter report, FaultInjector faults) {
    this.report = report;
    this.faults = faults;
  }

  @Override
  public void waiting(String operation) {
    if (Thread.currentThread() != worker) {
      return;
    }
    report.waiting(operation);
    if (!faults.isQuiet()) {
      if (report.currentPhase().equals(StallDetector.TRAIN)) {
        faults.at(Moment.COLLECTIVE, report.currentStep());
      } else if (report.currentPhase().equals(EXPORT)) {
        faults.at(Moment.EXPORT, 0);
      }
    }
  }

  @Override
  public void goesOn() {
    if (Thread.currentThread() == worker) {
      report.goesOn();
    }
  }
}
