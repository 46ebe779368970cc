package io.sparkmm.train.fault;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The driver's memory of a run's faults: what has happened does not happen again. */
public final class FaultRecord {
  /**
   * A fault that has not happened yet.
   *
   * @param number its number in the run
   */
  public record Armed(int number, Fault fault) implements Serializable {}

  private final List<Fault> faults;
  private final Set<Integer> fired = new HashSet<>();

  /** Takes the faults of a run, none of which has happened. */
  public FaultRecord(List<Fault> faults) {
    this.faults = List.copyOf(faults);
  }

  /** Notes that a fault is happening. */
  public synchronized void fired(int number) {
    fired.add(number);
  }

  /** What can still happen. */
  public synchronized List<Armed> armed() {
    List<Armed> armed = new ArrayList<>();
    for (int number = 0; number < faults.size(); number++) {
      if (!fired.contains(number)) {
        armed.add(new Armed(number, faults.get(number)));
      }
    }
    return List.copyOf(armed);
  }
}
