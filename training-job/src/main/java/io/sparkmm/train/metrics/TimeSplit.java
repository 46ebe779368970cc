package io.sparkmm.train.metrics;

import java.io.Serializable;
import java.util.function.DoubleBinaryOperator;

/**
 * Where a rank's time went, in milliseconds of its training thread. The parts do not overlap; what
 * they leave of {@code total} is bookkeeping. {@code save} is apart: it is no part of {@code
 * total}.
 *
 * @param total wall time of the iterations
 * @param data waiting for batches
 * @param gather making sharded weights whole, with waiting for other ranks
 * @param forward model and loss
 * @param exchange telling and hearing the losses of all ranks, which is mostly waiting for the last
 *     one
 * @param backward gradients
 * @param reduce averaging gradients, with waiting for other ranks
 * @param optimizer gradient norm, clipping and update
 * @param save keeping the state of the run, as far as training stood still meanwhile
 */
public record TimeSplit(
    double total,
    double data,
    double gather,
    double forward,
    double exchange,
    double backward,
    double reduce,
    double optimizer,
    double save)
    implements Serializable {
  /** No time at all. */
  public static final TimeSplit NONE = new TimeSplit(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** A split of which only the whole is known. */
  public static TimeSplit ofTotal(double total) {
    return new TimeSplit(total, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /** The sum of both. */
  public TimeSplit plus(TimeSplit other) {
    return combine(other, Double::sum);
  }

  /** Every part multiplied. */
  public TimeSplit times(double factor) {
    return combine(this, (own, same) -> own * factor);
  }

  /** The same iterations with more time for keeping the state. */
  public TimeSplit plusSave(double millis) {
    return new TimeSplit(
        total, data, gather, forward, exchange, backward, reduce, optimizer, save + millis);
  }

  /** Model and loss in both directions, without exchanges. */
  public double compute() {
    return forward + backward;
  }

  /** Time inside exchanges with other ranks, which is moving bytes and waiting. */
  public double communication() {
    return gather + exchange + reduce;
  }

  /** What the parts leave of the whole. */
  public double other() {
    return Math.max(0, total - data - compute() - communication() - optimizer);
  }

  private TimeSplit combine(TimeSplit other, DoubleBinaryOperator operation) {
    return new TimeSplit(
        operation.applyAsDouble(total, other.total),
        operation.applyAsDouble(data, other.data),
        operation.applyAsDouble(gather, other.gather),
        operation.applyAsDouble(forward, other.forward),
        operation.applyAsDouble(exchange, other.exchange),
        operation.applyAsDouble(backward, other.backward),
        operation.applyAsDouble(reduce, other.reduce),
        operation.applyAsDouble(optimizer, other.optimizer),
        operation.applyAsDouble(save, other.save));
  }
}
