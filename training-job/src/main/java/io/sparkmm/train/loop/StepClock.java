package io.sparkmm.train.loop;

import io.sparkmm.train.fsdp.CommunicationTime;
import io.sparkmm.train.metrics.TimeSplit;

/** Adds up where the time of an iteration goes. */
final class StepClock {
  private long data;
  private long gather;
  private long forward;
  private long wait;
  private long backward;
  private long reduce;

  /** A micro-batch went forward; of the nanoseconds some were waiting for data and exchanges. */
  void forward(long nanos, long dataNanos, CommunicationTime exchanges) {
    data += dataNanos;
    forward += nanos - dataNanos - add(exchanges);
  }

  /** The losses of a micro-batch were exchanged. */
  void exchange(long nanos) {
    wait += nanos;
  }

  /** A micro-batch went backward. */
  void backward(long nanos, CommunicationTime exchanges) {
    backward += nanos - add(exchanges);
  }

  /** The split of an iteration that took this long. */
  TimeSplit split(long totalNanos, long optimizerNanos) {
    return new TimeSplit(
        millis(totalNanos),
        millis(data),
        millis(gather),
        millis(forward),
        millis(wait),
        millis(backward),
        millis(reduce),
        millis(optimizerNanos),
        0);
  }

  private long add(CommunicationTime exchanges) {
    gather += exchanges.gatherNanos();
    reduce += exchanges.reduceNanos();
    return exchanges.gatherNanos() + exchanges.reduceNanos();
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
