package io.sparkmm.train.loop;

import io.sparkmm.train.model.ModelException;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The forward computation of one micro-batch on all ranks, with the checks of its loss. */
final class ForwardPass implements AutoCloseable {
  private final TrainingProgram program;
  private final TrainContext context;
  private final TrainState state;
  private final LossExchange exchange;
  private final boolean perToken;

  /**
   * A micro-batch.
   *
   * @param data where it comes from
   * @param where its place in the run, for messages
   * @param clock is told where the time goes
   */
  record MicroBatch(WatchedIterator data, String where, StepClock clock) {}

  /**
   * What came out.
   *
   * @param result what the loss function returned
   * @param entries what all ranks found
   */
  record Found(LossResult result, LossExchange.Entry[] entries) {
    /** Whether a rank asked to stop. */
    boolean stop() {
      return Arrays.stream(entries).anyMatch(LossExchange.Entry::stop);
    }

    /**
     * The scalar that backward runs on.
     *
     * @param microBatches micro-batches of the iteration
     * @param perToken whether a sum stays undivided
     */
    Tensor scaled(int microBatches, boolean perToken) {
      if (result.tokens().isPresent() && perToken) {
        return result.loss();
      }
      double divisor = (double) result.tokens().orElse(1) * microBatches;
      return divisor == 1.0 ? result.loss() : result.loss().mul(new Scalar(1.0 / divisor));
    }
  }

  /**
   * Prepares the passes of a run.
   *
   * @param perToken whether losses that are sums are divided by all tokens of an iteration
   */
  ForwardPass(TrainingProgram program, TrainContext context, TrainState state, boolean perToken) {
    this.program = program;
    this.context = context;
    this.state = state;
    this.perToken = perToken;
    this.exchange = new LossExchange(context.dataParallel(), state.parallel());
  }

  /**
   * Runs a micro-batch.
   *
   * @param stop whether this rank wants to stop
   * @throws TrainingException on every rank if the loss of one is no finite number
   */
  Found run(MicroBatch batch, boolean stop) {
    long start = System.nanoTime();
    TrainingProgram.ForwardResult forward =
        program.forwardStep(batch.data(), state.model(), context);
    long targets = forward.output().targets().numel();
    Optional<LossResult> result = lossOf(forward);
    LossExchange.Entry own =
        new LossExchange.Entry(
            result.map(found -> found.loss().item_double()).orElse(Double.NaN),
            result.map(found -> found.tokens().orElse(1)).orElse(0L),
            batch.data().takeTokens(),
            targets,
            stop);
    long computed = System.nanoTime();
    batch
        .clock()
        .forward(
            computed - start,
            batch.data().takeWaitedNanos(),
            state.parallel().takeCommunicationTime());
    LossExchange.Entry[] entries = exchange.exchange(own, batch.where());
    batch.clock().exchange(System.nanoTime() - computed);
    // The own one first: only this rank knows its samples.
    requireFinite(entries[context.rank()], context.rank(), batch);
    for (int rank = 0; rank < entries.length; rank++) {
      requireFinite(entries[rank], rank, batch);
    }
    return new Found(result.orElseThrow(), entries);
  }

  @Override
  public void close() {
    exchange.close();
  }

  /** The loss; empty if it has no value because there is nothing to learn from. */
  private Optional<LossResult> lossOf(TrainingProgram.ForwardResult forward) {
    try {
      LossResult result = forward.loss().apply(forward.output());
      boolean ofNothing = result.tokens().isPresent() && result.tokens().getAsLong() == 0;
      return ofNothing && !perToken ? Optional.empty() : Optional.of(result);
    } catch (ModelException e) {
      if (e.kind() == ModelException.Kind.NO_TARGETS) {
        // Told to all ranks with the exchange, so that none of them waits for this one.
        return Optional.empty();
      }
      throw e;
    }
  }

  private void requireFinite(LossExchange.Entry entry, int rank, MicroBatch batch) {
    if (Double.isFinite(entry.loss())) {
      return;
    }
    String problem =
        entry.terms() == 0 || entry.targets() == 0
            ? "rank "
                + rank
                + (entry.targets() == 0 ? " has no" : " has a sample without")
                + " supervised label in "
                + batch.where()
            : "the loss of rank " + rank + " in " + batch.where() + " is " + entry.loss();
    TrainingException.Kind kind = TrainingException.Kind.LOSS_NOT_FINITE;
    throw rank == context.rank()
        ? new TrainingException(
            kind, "Cannot go on: " + problem + "; its samples are " + batch.data().lastSamples())
        : TrainingException.ofPeer(kind, "Cannot go on: " + problem);
  }
}
