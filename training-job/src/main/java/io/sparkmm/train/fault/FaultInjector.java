package io.sparkmm.train.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets the faults of one worker happen. The worker's thread tells it where the worker is. */
public final class FaultInjector {
  /** Exit code of a killed worker, the one of a process that got SIGKILL. */
  public static final int KILLED = 137;

  private static final Logger LOG = LoggerFactory.getLogger(FaultInjector.class);

  private final List<FaultRecord.Armed> armed;
  private final Host host;
  private final CheckpointDamage damage;

  /** The process that faults happen in. */
  public interface Host {
    /** Makes sure that the driver knows of a fault before it happens. */
    void fired(int number);

    /** Ends the process at once; does not return in a worker. */
    void halt(int exitCode);
  }

  /**
   * Makes an injector.
   *
   * @param armed faults of the run that have not happened
   * @param rank this worker's rank; the faults of others are left to them
   * @param damage finds the files of checkpoints
   */
  public FaultInjector(
      List<FaultRecord.Armed> armed, int rank, Host host, CheckpointDamage damage) {
    this.armed = new ArrayList<>(armed);
    this.armed.removeIf(entry -> entry.fault().rank() != rank);
    this.host = Objects.requireNonNull(host, "host");
    this.damage = Objects.requireNonNull(damage, "damage");
  }

  /**
   * Lets happen what the plan says for this moment of an iteration.
   *
   * @param step the iteration; ignored for {@link Moment#EXPORT}
   * @throws FaultException if that is the fault
   */
  public void at(Moment moment, long step) {
    for (FaultRecord.Armed entry : List.copyOf(armed)) {
      Fault fault = entry.fault();
      if (fault.moment() != moment || fault instanceof Fault.DiskFull) {
        continue;
      }
      if (fault instanceof Fault.Slow) {
        standStill(((Fault.Slow) fault).millis());
      } else if (fault instanceof Fault.Corrupt) {
        if (damage.isComplete(fault.step())) {
          strike(entry);
        }
      } else if (moment == Moment.EXPORT || fault.step() == step) {
        strike(entry);
      }
    }
  }

  /** Whether the disk is full while the checkpoint of an iteration is written; true only once. */
  public boolean diskIsFull(long step) {
    for (FaultRecord.Armed entry : List.copyOf(armed)) {
      if (entry.fault() instanceof Fault.DiskFull && entry.fault().step() == step) {
        strike(entry);
        return true;
      }
    }
    return false;
  }

  /** Whether nothing can happen to this worker any more. */
  public boolean isQuiet() {
    return armed.isEmpty();
  }

  private void strike(FaultRecord.Armed entry) {
    Fault fault = entry.fault();
    armed.remove(entry);
    LOG.warn("Fault plan: {}", fault.text());
    host.fired(entry.number());
    if (fault instanceof Fault.Kill) {
      host.halt(KILLED);
    } else if (fault instanceof Fault.Throw) {
      throw new FaultException("the fault plan says " + fault.text());
    } else if (fault instanceof Fault.Stall) {
      standStill(TimeUnit.SECONDS.toMillis(((Fault.Stall) fault).seconds()));
    } else if (fault instanceof Fault.Corrupt) {
      damage.flipByte(fault.step(), ((Fault.Corrupt) fault).file());
    }
  }

  /** Waits as native code does: an interrupt changes nothing, but is not lost. */
  private static void standStill(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    boolean interrupted = false;
    while (System.nanoTime() < end) {
      try {
        Thread.sleep(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
