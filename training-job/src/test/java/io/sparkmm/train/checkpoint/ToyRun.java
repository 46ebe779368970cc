package io.sparkmm.train.checkpoint;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.loop.Checkpoints;
import io.sparkmm.train.loop.IterationStats;
import io.sparkmm.train.loop.ToyProgram;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.loop.TrainListener;
import io.sparkmm.train.loop.TrainPosition;
import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.loop.Trainer;
import io.sparkmm.train.loop.TrainerSettings;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrDecayStyle;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.optim.ParameterRule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains a tiny model with checkpoints. */
final class ToyRun {
  static final int GLOBAL_BATCH = 12;
  static final int ITERATIONS = 6;

  private LoadSettings load = LoadSettings.NONE;
  private Optional<SaveSettings> save = Optional.empty();
  private FileOps files = FileOps.DISK;
  private int stopAfter = ITERATIONS;
  private OptionalInt shardingSize = OptionalInt.empty();
  private String attempt = "run-0";
  private boolean keepAtOnce;

  ToyRun load(LoadSettings settings) {
    load = settings;
    return this;
  }

  ToyRun resume(Path folder) {
    return load(LoadSettings.everything(folder.toString()));
  }

  ToyRun save(Path folder, int interval) {
    return save(folder, interval, false, contents(true, true));
  }

  ToyRun save(Path folder, int interval, boolean background, SaveContents contents) {
    save = Optional.of(new SaveSettings(folder.toString(), interval, background, contents));
    return this;
  }

  ToyRun files(FileOps ops) {
    files = ops;
    return this;
  }

  ToyRun stopAfter(int iteration) {
    stopAfter = iteration;
    return this;
  }

  ToyRun shardingSize(int size) {
    shardingSize = OptionalInt.of(size);
    return this;
  }

  /** Stores what was loaded, before anything is trained. */
  ToyRun keepAtOnce() {
    keepAtOnce = true;
    return this;
  }

  ToyRun attempt(String name) {
    attempt = name;
    return this;
  }

  static SaveContents contents(boolean optimizer, boolean rng) {
    return new SaveContents(
        optimizer,
        rng,
        Map.of("seed", 7L, "adam_beta1", 0.9, "lr_scale_modules", List.of("embed")),
        new SchedulerValues(
            0.05,
            0.0,
            0.1 * ITERATIONS * GLOBAL_BATCH,
            ITERATIONS * GLOBAL_BATCH,
            "cosine",
            SchedulerValues.WeightDecay.constant(0.1, ITERATIONS * GLOBAL_BATCH)),
        GroupSettings.adamW(0.9, 0.95, 1e-8));
  }

  static LrSchedule schedule() {
    LrSettings settings =
        new LrSettings(
            LrDecayStyle.COSINE,
            0.05,
            0.0,
            new LrSettings.Warmup(0.01, 0.1, 0),
            OptionalInt.empty(),
            Optional.empty());
    return LrSchedule.create(settings, ITERATIONS, GLOBAL_BATCH);
  }

  /** Trains on one rank; returns the losses of the iterations that were done. */
  List<Double> run(Collectives group) {
    List<Double> losses = new ArrayList<>();
    TrainContext context = new TrainContext(group, ScalarType.Float, 1, 7);
    TrainerSettings settings =
        new TrainerSettings(
            ITERATIONS,
            GLOBAL_BATCH,
            schedule(),
            new AdamWSettings(0.9, 0.95, 1e-8, 0.1),
            ParameterRule.excluding(List.of("head")).scalingLr(List.of("embed"), 2.0),
            1.0);
    DcpCheckpoints.Run run =
        new DcpCheckpoints.Run(group, settings.schedule(), GLOBAL_BATCH, attempt);
    try (DcpCheckpoints checkpoints = new DcpCheckpoints(load, save, run, files)) {
      new Trainer(
              new ToyProgram(5, false),
              context,
              settings,
              model -> FullyShard.apply(model, List.of("embed", "head"), group, sharding()),
              new TrainListener() {
                private long reached;

                @Override
                public void onIteration(IterationStats stats) {
                  reached = stats.iteration();
                  losses.add(stats.loss());
                }

                @Override
                public boolean stopRequested() {
                  return reached + 1 >= stopAfter;
                }
              })
          .with(keepAtOnce ? storingWhatItLoads(checkpoints, run) : checkpoints)
          .run()
          .close();
    }
    return losses;
  }

  private Checkpoints storingWhatItLoads(DcpCheckpoints loading, DcpCheckpoints.Run run) {
    return new Checkpoints() {
      @Override
      public TrainPosition restore(TrainState fresh) {
        TrainPosition position = loading.restore(fresh);
        try (DcpCheckpoints storing = new DcpCheckpoints(LoadSettings.NONE, save, run)) {
          storing.atEnd(
              new TrainState(position, fresh.model(), fresh.parallel(), fresh.optimizer()));
        }
        return position;
      }
    };
  }

  private FsdpSettings sharding() {
    FsdpSettings plain = FsdpSettings.DEFAULTS;
    return new FsdpSettings(plain.mixedPrecision(), plain.reshardAfterForward(), shardingSize);
  }
}
