package io.sparkmm.train.fault;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The faults of a run: a testing aid that shows what a run survives. They happen through real
 * mechanisms (a process that halts, an exception, a thread that stands still, a write that fails),
 * each once in a run however often it is started again.
 *
 * @param faults faults whose place is known
 * @param random kills whose places depend on the size of the run
 */
public record FaultPlan(List<Fault> faults, List<RandomKills> random) implements Serializable {
  /** No faults. */
  public static final FaultPlan NONE = new FaultPlan(List.of(), List.of());

  /**
   * A kill in every stretch of iterations.
   *
   * @param every length of a stretch
   * @param seed decides rank and iteration within each stretch
   */
  public record RandomKills(int every, long seed) implements Serializable {}

  public FaultPlan {
    faults = List.copyOf(faults);
    random = List.copyOf(random);
  }

  /**
   * Reads a plan: faults separated by semicolons, such as {@code kill(rank=1, step=7); slow(rank=0,
   * ms=50)}.
   *
   * @throws IllegalArgumentException that says what is wrong with which fault, and what is known
   */
  public static FaultPlan parse(String text) {
    return new FaultPlanParser().parse(text);
  }

  /** Whether nothing happens. */
  public boolean isEmpty() {
    return faults.isEmpty() && random.isEmpty();
  }

  /** Whether processes of workers are ended. */
  public boolean kills() {
    return !random.isEmpty() || faults.stream().anyMatch(Fault.Kill.class::isInstance);
  }

  /**
   * All faults of a run; the place of a fault in the list is its number.
   *
   * @throws IllegalArgumentException if a fault names a rank that there is not
   */
  public List<Fault> resolve(int workers, long iterations) {
    List<Fault> all = new ArrayList<>(faults);
    for (RandomKills kills : random) {
      Random numbers = new Random(kills.seed());
      for (long first = 1; first <= iterations; first += kills.every()) {
        long step = first + numbers.nextInt(kills.every());
        int rank = numbers.nextInt(workers);
        if (step <= iterations) {
          all.add(new Fault.Kill(rank, step, Moment.STEP));
        }
      }
    }
    for (Fault fault : all) {
      if (fault.rank() >= workers) {
        throw new IllegalArgumentException(
            "Cannot use "
                + fault.text()
                + ": the ranks of this run are 0 to "
                + (workers - 1)
                + "; correct the fault plan");
      }
    }
    return List.copyOf(all);
  }
}
