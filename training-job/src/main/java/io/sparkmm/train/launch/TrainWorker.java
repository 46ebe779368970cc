package io.sparkmm.train.launch;

import io.sparkmm.conf.LossType;
import io.sparkmm.train.checkpoint.DcpCheckpoints;
import io.sparkmm.train.checkpoint.FileOps;
import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fault.CheckpointDamage;
import io.sparkmm.train.fault.FaultInjector;
import io.sparkmm.train.fault.FaultyFileOps;
import io.sparkmm.train.fault.Moment;
import io.sparkmm.train.fault.ObservedCollectives;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.loop.EvaluationStats;
import io.sparkmm.train.loop.IterationStats;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.loop.TrainListener;
import io.sparkmm.train.loop.TrainResult;
import io.sparkmm.train.loop.TrainStart;
import io.sparkmm.train.loop.Trainer;
import io.sparkmm.train.loop.TrainerSettings;
import io.sparkmm.train.loop.TrainingProgram;
import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.TimesCollector;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.model.TrainableModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every worker of a training job does: meet the others, train, hand over the model. */
final class TrainWorker implements WorkerTask<TrainWorker.Done> {
  private static final Logger LOG = LoggerFactory.getLogger(TrainWorker.class);

  /** Longest time between two reports of a worker's times, iterations permitting. */
  private static final Duration TIMES_AFTER = Duration.ofSeconds(10);

  /** How much longer an exchange waits than the driver, which knows better who is missing. */
  private static final Duration TIMEOUT_MARGIN = Duration.ofSeconds(15);

  private final TrainPlan plan;
  private final int logInterval;
  private final AttemptPlan attempt;

  /**
   * Makes the task.
   *
   * @param logInterval iterations between reports of a worker's times
   */
  TrainWorker(TrainPlan plan, int logInterval, AttemptPlan attempt) {
    this.plan = Objects.requireNonNull(plan, "plan");
    this.logInterval = logInterval;
    this.attempt = Objects.requireNonNull(attempt, "attempt");
  }

  /**
   * What a worker hands back.
   *
   * @param iterations iterations done
   * @param consumedSamples samples that all workers took
   */
  record Done(long iterations, long consumedSamples) implements java.io.Serializable {}

  @Override
  public Done run(WorkerContext context) {
    NativeMemory.prepare();
    // Counts for this thread only, so workers in one process do not disturb each other.
    torch.set_num_threads(context.place().cores());
    requireMemory(context.place());
    context.report().phase("connect");
    WorkerDevice device = WorkerDevice.open(plan.devices(), context);
    FaultInjector faults = faults(context);
    Collectives group =
        new ObservedCollectives(
            connect(context, device), new WorkerWaits(context.report(), faults));
    context.onAbort(group::abort);
    requireRepeatable(context);
    context.report().phase("load");
    TrainContext trainContext =
        new TrainContext(
            group,
            TorchTypes.of(
                plan.sharding().types().param().stream()
                    .findFirst()
                    .orElse(plan.program().model().weightType())),
            plan.program().data().sampling().microBatch(),
            plan.loop().seed(),
            device.name());
    TrainerSettings settings =
        plan.checkpoints()
            .settings(
                plan.loop().settings(plan.program().loss().type() == LossType.PER_TOKEN),
                plan.loop());
    DcpCheckpoints checkpoints =
        plan.checkpoints()
            .open(
                attempt,
                new DcpCheckpoints.Run(
                    group,
                    settings.schedule(),
                    settings.globalBatchSize(),
                    context.place().generation()),
                new FaultyFileOps(FileOps.DISK, faults));
    TrainingProgram program = Programs.create(plan);
    if (program instanceof AutoCloseable resources) {
      context.closeAtEnd(resources);
    }
    Trainer trainer =
        new Trainer(
                program,
                trainContext,
                settings,
                model -> shard(model, trainContext),
                listeners(context, faults))
            .with(
                new PhasedCheckpoints(
                    context.closeAtEnd(checkpoints), context.report()::quietPhase));
    TrainResult result = context.closeAtEnd(trainer.run());
    if (!plan.export().folder().isEmpty()) {
      context.report().phase(WorkerWaits.EXPORT);
      boolean first = context.place().rank() == 0;
      if (result.model().hfFormat().isPresent()) {
        ModelExport.write(result, plan, first);
      } else if (first) {
        context
            .report()
            .note(
                "nothing is exported: "
                    + result.model().getClass().getName()
                    + " has no Hugging Face form; its weights are in the checkpoints");
      }
    }
    return new Done(result.iterations(), result.consumedSamples());
  }

  private void requireRepeatable(WorkerContext context) {
    if (!plan.loop().deterministic()) {
      return;
    }
    // Of the whole process, which the workers of a local run share.
    torch.globalContext().setDeterministicAlgorithms(true, false);
    context.closeAtEnd(() -> torch.globalContext().setDeterministicAlgorithms(false, false));
    if (context.place().rank() == 0) {
      context.report().note("only deterministic kernels are used; seed " + plan.loop().seed());
    }
  }

  private TrainListener listeners(WorkerContext context, FaultInjector faults) {
    List<TrainListener> all = new ArrayList<>();
    all.add(new Progress(context, faults));
    all.addAll(plan.tools().listeners(context.place().rank(), context.report()::note));
    return TrainListener.all(all);
  }

  private FaultInjector faults(WorkerContext context) {
    return new FaultInjector(
        attempt.faults(),
        context.place().rank(),
        new FaultInjector.Host() {
          @Override
          public void fired(int number) {
            context.report().fault(number);
          }

          @Override
          public void halt(int exitCode) {
            Runtime.getRuntime().halt(exitCode);
          }
        },
        new CheckpointDamage(Path.of(plan.export().folder()).resolveSibling("")));
  }

  private Collectives connect(WorkerContext context, WorkerDevice device) {
    WorkerPlace place = context.place();
    context.releaseMasterPort();
    try {
      return context.closeAtEnd(device.connect(plan.timeout().plus(TIMEOUT_MARGIN)));
    } catch (CollectiveException e) {
      if (e.portTaken()) {
        throw new LaunchException(
            LaunchException.Kind.PORT_BUSY,
            "Cannot listen on port " + place.masterPort() + ": another program has taken it",
            e);
      }
      throw e;
    }
  }

  /** Tells what is missing while the system does not yet end a process for it. */
  private void requireMemory(WorkerPlace place) {
    if (!Programs.isBuiltIn(plan.programClass())) {
      // Only the program knows its model.
      return;
    }
    MemoryEstimate need =
        memory(new ModelSharding(plan.program().model(), plan.sharding()), place.worldSize());
    for (DpoPlan dpo : plan.program().dpo()) {
      for (ModelSharding reference : dpo.reference()) {
        need = need.with(memory(reference, place.worldSize()));
      }
    }
    LOG.info("rank {} needs, besides activations and logits, {}", place.rank(), need);
    AvailableMemory.require(need, AvailableMemory.bytes(), place.localWorldSize());
  }

  private MemoryEstimate memory(ModelSharding made, int workers) {
    return MemoryEstimate.of(
        made.model().outline(),
        made.sharding(),
        new MemoryEstimate.Storage(made.model().weightType(), plan.loop().optimizer().type()),
        workers);
  }

  private ParallelModel shard(TrainableModel model, TrainContext where) {
    return new ModelSharding(plan.program().model(), plan.sharding()).apply(model, where);
  }

  /** Tells the driver what the trainer does. */
  private final class Progress implements TrainListener {
    private final WorkerContext context;
    private final TimesCollector times;
    private final FaultInjector faults;

    Progress(WorkerContext context, FaultInjector faults) {
      this.context = context;
      times =
          new TimesCollector(context.place().rank(), logInterval, TIMES_AFTER, System::nanoTime);
      this.faults = faults;
    }

    @Override
    public void onStart(TrainStart start) {
      if (context.place().rank() == 0) {
        LOG.info(
            "{} workers, {} micro-batches each, {} parameters of which {} are trained",
            start.ranks(),
            start.microBatches(),
            start.parameters(),
            start.trainableParameters());
        context.report().started(start);
      }
      context.report().step(attempt.fromIteration() + 1);
      context.report().phase(StallDetector.TRAIN);
    }

    @Override
    public void onIteration(IterationStats stats) {
      if (context.place().rank() == 0) {
        context.report().iteration(record(stats));
      }
      times.add(stats.iteration(), stats.times()).ifPresent(context.report()::times);
      context.report().step(stats.iteration() + 1);
    }

    @Override
    public void onEvaluation(EvaluationStats stats) {
      if (context.place().rank() == 0) {
        context
            .report()
            .validation(
                new ValidationRecord(stats.iteration(), stats.consumedSamples(), stats.losses()),
                stats.afterTraining());
      }
    }

    @Override
    public void onCheckpoint(long iteration, double millis) {
      times.saved(millis);
    }

    @Override
    public void onEnd(TrainResult result) {
      times.take().ifPresent(context.report()::times);
    }

    @Override
    public boolean stopRequested() {
      faults.at(Moment.STEP, context.report().currentStep());
      return context.aborted();
    }

    private IterationRecord record(IterationStats stats) {
      return new IterationRecord(
          stats.iteration(),
          plan.loop().iterations(),
          stats.consumedSamples(),
          stats.learningRate(),
          stats.globalBatchSize(),
          stats.log(),
          1.0,
          stats.gradientNorm(),
          false,
          stats.tokens(),
          stats.targetTokens(),
          stats.times());
    }
  }
}
