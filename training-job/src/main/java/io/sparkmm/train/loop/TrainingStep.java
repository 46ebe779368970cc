package io.sparkmm.train.loop;

import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.Optimizer;
import org.bytedeco.pytorch.Tensor;

/** One iteration: micro-batches forward and backward, then the update. */
final class TrainingStep {
  private final TrainContext context;
  private final TrainerSettings settings;
  private final ParallelModel parallel;
  private final ForwardPass pass;
  private final GradientClipper clipper;
  private final Optimizer optimizer;
  private final Runnable beforeUpdate;
  private boolean stopAgreed;

  TrainingStep(
      TrainContext context,
      TrainerSettings settings,
      TrainState state,
      ForwardPass pass,
      Runnable beforeUpdate) {
    this.context = context;
    this.settings = settings;
    this.parallel = state.parallel();
    this.optimizer = state.optimizer();
    this.pass = pass;
    this.beforeUpdate = beforeUpdate;
    clipper = new GradientClipper(settings.clipGrad());
  }

  /** What an iteration needs to know of its place in the run. */
  record Place(TrainPosition before, double lr, int microBatches, int globalBatchSize) {
    /** The iteration that is run, counted from 1. */
    long iteration() {
      return before.iteration() + 1;
    }
  }

  /** Runs an iteration. */
  IterationStats run(WatchedIterator data, Place place, TrainListener listener) {
    long start = System.nanoTime();
    LossSums sums = new LossSums(settings.options().perTokenLoss());
    StepClock clock = new StepClock();
    parallel.clearGradients();
    for (int index = 1; index <= place.microBatches(); index++) {
      boolean last = index == place.microBatches();
      String where = "iteration " + place.iteration() + ", micro-batch " + index;
      try (TensorScope scope = TensorScope.open()) {
        long begin = System.nanoTime();
        ForwardPass.Found found =
            pass.run(
                new ForwardPass.MicroBatch(data, where, clock), last && listener.stopRequested());
        sums.add(found.entries(), found.result());
        stopAgreed = found.stop();
        long middle = System.nanoTime();
        listener.onPhase(Phase.FORWARD, begin, middle);
        backward(found.scaled(place.microBatches(), settings.options().perTokenLoss()));
        long done = System.nanoTime();
        clock.backward(done - middle, parallel.takeCommunicationTime());
        listener.onPhase(Phase.BACKWARD, middle, done);
      }
    }
    long optimizerStart = System.nanoTime();
    double norm = update(sums, place);
    long end = System.nanoTime();
    listener.onPhase(Phase.OPTIMIZER, optimizerStart, end);
    return new IterationStats(
        place.iteration(),
        place.before().consumedSamples() + place.globalBatchSize(),
        place.lr(),
        place.globalBatchSize(),
        sums.loss(),
        sums.log(),
        norm,
        sums.tokens(),
        sums.targets(),
        clock.split(end - start, end - optimizerStart));
  }

  /** Whether a rank asked to stop in the iteration that was run last; the same on every rank. */
  boolean stopAgreed() {
    return stopAgreed;
  }

  private void backward(Tensor loss) {
    // A rank that has nothing to train, which the settings must allow, has a loss without graph.
    if (loss.requires_grad() || !settings.options().dummyOptimizer()) {
      parallel.backward(loss);
    }
  }

  /** Finishes, measures and clips the gradients, and updates the weights; returns the norm. */
  private double update(LossSums sums, Place place) {
    if (sums.dividesAtEnd()) {
      if (sums.terms() == 0) {
        throw new TrainingException(
            TrainingException.Kind.LOSS_NOT_FINITE,
            "Cannot go on: no rank has a supervised label in iteration " + place.iteration());
      }
      // The ranks' gradients were averaged; this makes their sum of it.
      clipper.scale(parallel.parameters(), (double) context.worldSize() / sums.terms());
    }
    double norm =
        clipper.clip(parallel.parameters(), parallel::countsInNorm, parallel.shardGroup());
    if (!Double.isFinite(norm)) {
      throw new TrainingException(
          TrainingException.Kind.GRADIENT_NOT_FINITE,
          String.format(
              "Cannot go on: the gradient norm of iteration %d is %s while the losses are finite;"
                  + " lower the learning rate or look for extreme inputs",
              place.iteration(), norm));
    }
    beforeUpdate.run();
    optimizer.step(place.lr());
    return norm;
  }
}
