package io.sparkmm.train.loop;

import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.Optimizer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** One iteration: micro-batches forward and backward, then the update. */
final class TrainingStep implements AutoCloseable {
  private final TrainingProgram program;
  private final TrainContext context;
  private final TrainableModel model;
  private final ParallelModel parallel;
  private final LossExchange exchange;
  private final GradientClipper clipper;
  private final Optimizer optimizer;
  private boolean stopAgreed;

  TrainingStep(
      TrainingProgram program, TrainContext context, TrainerSettings settings, TrainState state) {
    this.program = program;
    this.context = context;
    this.model = state.model();
    this.parallel = state.parallel();
    this.optimizer = state.optimizer();
    exchange = new LossExchange(context.dataParallel(), parallel);
    clipper = new GradientClipper(settings.clipGrad());
  }

  /** What the micro-batches of an iteration add up to, and where the time went. */
  private static final class Sums {
    final Map<String, Double> log = new LinkedHashMap<>();
    double loss;
    long targets;
    long tokens;
    final StepClock clock = new StepClock();
  }

  /** What an iteration needs to know of its place in the run. */
  record Place(TrainPosition before, double lr, int microBatches, int globalBatchSize) {
    /** The iteration that is run, counted from 1. */
    long iteration() {
      return before.iteration() + 1;
    }
  }

  /** Runs an iteration. */
  IterationStats run(WatchedIterator data, Place place, BooleanSupplier stopRequested) {
    long start = System.nanoTime();
    Sums sums = new Sums();
    parallel.clearGradients();
    for (int index = 1; index <= place.microBatches(); index++) {
      boolean last = index == place.microBatches();
      try (TensorScope scope = TensorScope.open()) {
        runMicroBatch(data, place, index, last && stopRequested.getAsBoolean(), sums);
      }
    }
    long optimizerStart = System.nanoTime();
    double norm = clipper.clip(parallel.parameters(), parallel.shardGroup());
    if (!Double.isFinite(norm)) {
      throw new TrainingException(
          TrainingException.Kind.GRADIENT_NOT_FINITE,
          String.format(
              "Cannot go on: the gradient norm of iteration %d is %s while the losses are finite;"
                  + " lower the learning rate or look for extreme inputs",
              place.iteration(), norm));
    }
    optimizer.step(place.lr());
    long end = System.nanoTime();
    int microBatches = place.microBatches();
    sums.log.replaceAll((name, total) -> total / microBatches);
    return new IterationStats(
        place.iteration(),
        place.before().consumedSamples() + place.globalBatchSize(),
        place.lr(),
        place.globalBatchSize(),
        sums.loss / microBatches,
        sums.log,
        norm,
        sums.tokens,
        sums.targets,
        sums.clock.split(end - start, end - optimizerStart));
  }

  /** Whether a rank asked to stop in the iteration that was run last; the same on every rank. */
  boolean stopAgreed() {
    return stopAgreed;
  }

  @Override
  public void close() {
    exchange.close();
  }

  private void runMicroBatch(
      WatchedIterator data, Place place, int index, boolean stop, Sums sums) {
    long start = System.nanoTime();
    TrainingProgram.ForwardResult forward = program.forwardStep(data, model, context);
    long targets = forward.output().targets().numel();
    if (targets == 0) {
      // Only here: the other ranks are busy with their losses, and notice when this one leaves.
      throw notFinite(
          "Cannot go on: rank %d has no supervised label in iteration %d, micro-batch %d%s",
          context.rank(), place.iteration(), index, samples(data));
    }
    LossResult result = forward.loss().apply(forward.output());
    LossExchange.Entry own =
        new LossExchange.Entry(result.loss().item_double(), data.takeTokens(), targets, stop);
    long computed = System.nanoTime();
    sums.clock.forward(computed - start, data.takeWaitedNanos(), parallel.takeCommunicationTime());
    LossExchange.Entry[] entries = exchange.exchange(own, place.iteration(), index);
    long exchanged = System.nanoTime();
    sums.clock.exchange(exchanged - computed);
    requireFinite(entries, place.iteration(), index, data);
    double mean = Arrays.stream(entries).mapToDouble(LossExchange.Entry::loss).sum();
    mean /= entries.length;
    sums.loss += mean;
    sums.tokens += Arrays.stream(entries).mapToLong(LossExchange.Entry::tokens).sum();
    sums.targets += Arrays.stream(entries).mapToLong(LossExchange.Entry::targets).sum();
    stopAgreed = Arrays.stream(entries).anyMatch(LossExchange.Entry::stop);
    Map<String, Double> log = result.log().isEmpty() ? Map.of("loss", mean) : result.log();
    log.forEach((name, value) -> sums.log.merge(name, value, Double::sum));
    Tensor loss = result.loss();
    if (place.microBatches() > 1) {
      loss = loss.mul(new Scalar(1.0 / place.microBatches()));
    }
    parallel.backward(loss);
    sums.clock.backward(System.nanoTime() - exchanged, parallel.takeCommunicationTime());
  }

  private void requireFinite(
      LossExchange.Entry[] entries, long iteration, int microBatch, WatchedIterator data) {
    for (int rank = 0; rank < entries.length; rank++) {
      LossExchange.Entry entry = entries[rank];
      if (!Double.isFinite(entry.loss())) {
        throw notFinite(
            "Cannot go on: the loss of rank %d in iteration %d, micro-batch %d is %s%s",
            rank, iteration, microBatch, entry.loss(), rank == context.rank() ? samples(data) : "");
      }
    }
  }

  private static String samples(WatchedIterator data) {
    return "; its samples are " + data.lastSamples();
  }

  private static TrainingException notFinite(String format, Object... values) {
    return new TrainingException(
        TrainingException.Kind.LOSS_NOT_FINITE, String.format(format, values));
  }
}
