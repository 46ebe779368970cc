package io.sparkmm.train.fault;

import java.io.Serializable;
import java.util.Objects;

/** Something that goes wrong in a run because its {@link FaultPlan} says so. */
public sealed interface Fault extends Serializable {
  /** The worker that it happens to. */
  int rank();

  /** The iteration that it happens in, counted from 1; 0 where it does not matter. */
  long step();

  /** What the worker is doing. */
  Moment moment();

  /** The fault as it stands in a plan. */
  String text();

  /** The process of a worker ends at once, without a word. */
  record Kill(int rank, long step, Moment moment) implements Fault {
    public Kill {
      Objects.requireNonNull(moment, "moment");
    }

    @Override
    public String text() {
      return "kill(rank="
          + rank
          + (moment == Moment.EXPORT ? "" : ", step=" + step)
          + (moment == Moment.STEP ? ")" : ", during=" + moment.text() + ")");
    }
  }

  /** A worker throws a {@link FaultException}. */
  record Throw(int rank, long step) implements Fault {
    @Override
    public Moment moment() {
      return Moment.STEP;
    }

    @Override
    public String text() {
      return "throw(rank=" + rank + ", step=" + step + ")";
    }
  }

  /** A worker stands still and hears no interrupt, like one that is stuck in native code. */
  record Stall(int rank, long step, int seconds) implements Fault {
    @Override
    public Moment moment() {
      return Moment.STEP;
    }

    @Override
    public String text() {
      return "stall(rank=" + rank + ", step=" + step + ", seconds=" + seconds + ")";
    }
  }

  /** A worker takes longer for every iteration. */
  record Slow(int rank, int millis) implements Fault {
    @Override
    public long step() {
      return 0;
    }

    @Override
    public Moment moment() {
      return Moment.STEP;
    }

    @Override
    public String text() {
      return "slow(rank=" + rank + ", ms=" + millis + ")";
    }
  }

  /** Rank 0 finds no space left on the device while it writes the checkpoint of an iteration. */
  record DiskFull(long step) implements Fault {
    @Override
    public int rank() {
      return 0;
    }

    @Override
    public Moment moment() {
      return Moment.SAVE;
    }

    @Override
    public String text() {
      return "disk_full(step=" + step + ")";
    }
  }

  /**
   * One byte in the middle of a file of a complete checkpoint is changed.
   *
   * @param step iteration of the checkpoint
   * @param file name of the file in the checkpoint's folder
   */
  record Corrupt(long step, String file) implements Fault {
    public Corrupt {
      Objects.requireNonNull(file, "file");
    }

    @Override
    public int rank() {
      return 0;
    }

    @Override
    public Moment moment() {
      return Moment.STEP;
    }

    @Override
    public String text() {
      return "corrupt(step=" + step + ", file=" + file + ")";
    }
  }
}
