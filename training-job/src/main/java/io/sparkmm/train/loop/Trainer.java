package io.sparkmm.train.loop;

import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.Optimizer;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.torch.RandomStream;
import java.util.Objects;
import java.util.Optional;

/**
 * Trains a {@link TrainingProgram}'s model on one rank. All ranks run a trainer with equal
 * settings, each on a thread of its own.
 *
 * <p>Order: the program builds the model; it is wrapped; the optimizer is made; a kept state is
 * restored; the program opens the data. Then every iteration clears the gradients, runs each
 * micro-batch forward and backward with its loss divided by the number of micro-batches, clips the
 * averaged gradients, updates the weights with the rate that {@link TrainerSettings#schedule} gives
 * for the samples scheduled before the iteration, and reports.
 */
public final class Trainer {
  private final TrainingProgram program;
  private final TrainContext context;
  private final TrainerSettings settings;
  private final ModelWrapping wrapping;
  private final TrainListener listener;
  private final Checkpoints checkpoints;

  /** Makes a trainer; nothing happens before {@link #run}. */
  public Trainer(
      TrainingProgram program,
      TrainContext context,
      TrainerSettings settings,
      ModelWrapping wrapping,
      TrainListener listener) {
    this(program, context, settings, wrapping, listener, Checkpoints.NONE);
  }

  private Trainer(
      TrainingProgram program,
      TrainContext context,
      TrainerSettings settings,
      ModelWrapping wrapping,
      TrainListener listener,
      Checkpoints checkpoints) {
    this.program = Objects.requireNonNull(program, "program");
    this.context = Objects.requireNonNull(context, "context");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.wrapping = Objects.requireNonNull(wrapping, "wrapping");
    this.listener = Objects.requireNonNull(listener, "listener");
    this.checkpoints = Objects.requireNonNull(checkpoints, "checkpoints");
  }

  /** The same trainer, which goes on from a kept state and keeps its own. */
  public Trainer with(Checkpoints kept) {
    return new Trainer(program, context, settings, wrapping, listener, kept);
  }

  /**
   * Trains to the end or until a listener of any rank asks to stop. {@link Checkpoints} stay open.
   *
   * @return the trained model, which the caller closes
   * @throws TrainingException if sizes do not fit, nothing is trainable, there are no data, or a
   *     loss is not finite; the last on every rank
   * @throws io.sparkmm.train.comm.CollectiveException if another rank fails or falls behind
   */
  public TrainResult run() {
    int microBatches = settings.microBatches(context.microBatchSize(), context.worldSize());
    RandomStream.begin(context.seed(), context.rank());
    TrainableModel model = program.modelProvider(context);
    ParallelModel parallel = wrapping.wrap(model);
    try {
      TrainResult result = train(model, parallel, microBatches);
      listener.onEnd(result);
      return result;
    } catch (RuntimeException | Error problem) {
      parallel.close();
      throw problem;
    }
  }

  private TrainResult train(TrainableModel model, ParallelModel parallel, int microBatches) {
    TrainableCheck.run(parallel, context.dataParallel(), settings.options().dummyOptimizer());
    try (Optimizer optimizer =
        settings.optimizer().create(ParameterGroups.of(parallel.parameters(), settings.rule()))) {
      TrainState state = new TrainState(TrainPosition.START, model, parallel, optimizer);
      state = state.at(checkpoints.restore(state));
      TrainContext here = context.after(state.position().consumedSamples());
      try (ForwardPass pass =
              new ForwardPass(program, here, state, settings.options().perTokenLoss());
          DataIterators data = program.trainValidTestDatasetsProvider(here)) {
        WatchedIterator train = new WatchedIterator(data.train());
        requireData(train);
        Optional<Evaluation> evaluation = evaluation(state, pass, data);
        listener.onStart(describe(parallel, microBatches));
        TrainingStep step =
            new TrainingStep(context, settings, state, pass, checkpoints::beforeUpdate);
        boolean stopped = false;
        while (!stopped && state.position().iteration() < settings.iterations()) {
          listener.onIterationStart(state);
          IterationStats stats = step.run(train, place(state, microBatches), listener);
          state = state.at(state.position().next(settings.globalBatchSize()));
          listener.onIteration(stats);
          stopped = step.stopAgreed();
          if (stats.iteration() % settings.options().evaluation().interval() == 0 && !stopped) {
            evaluate(evaluation, state, microBatches, false);
          }
          long before = System.nanoTime();
          checkpoints.afterIteration(state);
          listener.onCheckpoint(stats.iteration(), (System.nanoTime() - before) / 1e6);
        }
        TrainPosition reached = state.position();
        long before = System.nanoTime();
        checkpoints.atEnd(state);
        listener.onCheckpoint(reached.iteration(), (System.nanoTime() - before) / 1e6);
        boolean early = reached.iteration() < settings.iterations();
        if (!early) {
          evaluate(evaluation, state, microBatches, true);
        }
        return new TrainResult(
            model, parallel, reached.iteration(), reached.consumedSamples(), early);
      }
    }
  }

  private TrainingStep.Place place(TrainState state, int microBatches) {
    return new TrainingStep.Place(
        state.position(),
        settings.schedule().at(state.position().scheduledSamples()),
        microBatches,
        settings.globalBatchSize());
  }

  private Optional<Evaluation> evaluation(TrainState state, ForwardPass pass, DataIterators data) {
    return settings.options().evaluation().rounds() == 0
        ? Optional.empty()
        : data.valid().map(valid -> new Evaluation(state, settings, pass, valid));
  }

  private void evaluate(
      Optional<Evaluation> evaluation, TrainState state, int microBatches, boolean atEnd) {
    TrainPosition here = state.position();
    evaluation.ifPresent(
        run ->
            listener.onEvaluation(
                new EvaluationStats(
                    here.iteration(),
                    here.consumedSamples(),
                    atEnd,
                    run.run(here.iteration(), microBatches))));
  }

  private void requireData(WatchedIterator train) {
    if (!train.hasNext()) {
      throw new TrainingException(
          TrainingException.Kind.NO_DATA,
          "Cannot train: the training data of rank " + context.rank() + " are empty");
    }
  }

  private TrainStart describe(ParallelModel parallel, int microBatches) {
    long all = 0;
    long trainable = 0;
    long local = 0;
    for (Parameter parameter : parallel.parameters()) {
      all += parameter.elements();
      trainable += parameter.trainable() ? parameter.elements() : 0;
      local += parameter.data().numel();
    }
    return new TrainStart(context.worldSize(), microBatches, all, trainable, local);
  }
}
