package io.sparkmm.train.launch;

import io.sparkmm.conf.CheckpointArguments;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.OptimizerArguments;
import io.sparkmm.conf.OptimizerType;
import io.sparkmm.conf.ScheduleArguments;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.train.checkpoint.CheckpointException;
import io.sparkmm.train.checkpoint.DcpCheckpoints;
import io.sparkmm.train.checkpoint.GroupSettings;
import io.sparkmm.train.checkpoint.LoadSettings;
import io.sparkmm.train.checkpoint.SaveContents;
import io.sparkmm.train.checkpoint.SaveSettings;
import io.sparkmm.train.checkpoint.SchedulerValues;
import io.sparkmm.train.checkpoint.StoredRun;
import io.sparkmm.train.lora.PeftFolder;
import io.sparkmm.train.optim.SgdSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns {@code --load}, {@code --save} and the options that go with them into a {@link
 * CheckpointPlan}; collects what is wrong.
 */
final class CheckpointPlanner {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointPlanner.class);
  private static final String LOAD = "--load";
  private static final String SAVE = "--save";

  private final TrainingConfiguration configuration;
  private final CheckpointArguments arguments;
  private final ConfigProblems problems;
  private final Optional<StoredRun> loaded;

  CheckpointPlanner(TrainingConfiguration configuration, ConfigProblems problems) {
    this.configuration = configuration;
    this.arguments = configuration.launch().checkpoint();
    this.problems = problems;
    this.loaded = read();
  }

  /** What {@code --load} holds, if it is a folder of checkpoints. */
  Optional<StoredRun> loaded() {
    return loaded;
  }

  /** The folder of {@code --load}, if it is one of Hugging Face libraries. */
  static Optional<Path> huggingFace(CheckpointArguments arguments) {
    return arguments.load().map(Path::of).filter(BaseWeights::isHuggingFace);
  }

  /** The plan; to be used only if no problem was added. */
  CheckpointPlan plan(int workers) {
    loaded.ifPresent(this::checkAdapters);
    // What adapters are trained over is no state of theirs.
    Optional<StoredRun> stored = loaded.filter(run -> run.hasAdapters() == adapts());
    boolean resumes = stored.isPresent() && stored.get().iteration() > 0 && !arguments.finetune();
    boolean optimizer = resumes && !arguments.noLoadOptim();
    checkOutput(stored);
    boolean downcast = configuration.launch().precision().downcastToBf16();
    if (downcast && stored.isEmpty()) {
      LOG.warn("--downcast-to-bf16 has no effect: no checkpoint is loaded");
    }
    SchedulerValues scheduler = scheduler(workers);
    List<SchedulerValues> winning = List.of();
    if (optimizer) {
      requireOptimizer(stored.get());
      winning = winning(scheduler, stored.get());
    }
    if (resumes && !arguments.noLoadRng()) {
      requireGenerator(stored.get());
    }
    if (resumes) {
      requireNoStreaming();
    }
    LoadSettings load =
        stored.isEmpty()
            ? LoadSettings.NONE
            : new LoadSettings(
                stored.get().folder().toAbsolutePath().toString(),
                resumes,
                optimizer,
                resumes && !arguments.noLoadRng(),
                downcast);
    boolean same = resumes && sameFolder();
    return new CheckpointPlan(
        load,
        save(winning.isEmpty() ? scheduler : winning.get(0)),
        winning,
        same ? stored.get().iteration() : 0);
  }

  private Optional<StoredRun> read() {
    if (arguments.load().isEmpty()) {
      return Optional.empty();
    }
    Path folder = Path.of(arguments.load().get());
    if (huggingFace(arguments).isPresent()) {
      if (arguments.ckptStep().isPresent()) {
        problem(
            "--ckpt-step",
            Integer.toString(arguments.ckptStep().getAsInt()),
            "needs a folder of checkpoints; --load = " + folder + " is a Hugging Face folder");
      }
      return Optional.empty();
    }
    if (Files.isRegularFile(folder.resolve(PeftFolder.CONFIG))) {
      problem(
          LOAD,
          folder.toString(),
          "is a folder of PEFT; load the run's checkpoint, or make one with `mm-convert"
              + " Qwen3VLConverter lora_hf_to_dcp`");
      return Optional.empty();
    }
    Path tracker = folder.resolve(OutputFolder.TRACKER);
    if (arguments.ckptStep().isEmpty() && !Files.exists(tracker)) {
      String missing = "there is no " + tracker + " and no config.json of a Hugging Face folder";
      if (arguments.exitOnMissingCheckpoint()) {
        problem(LOAD, folder.toString(), missing + "; --exit-on-missing-checkpoint stops the run");
      } else {
        LOG.warn(
            "{} = {}: {}; no checkpoint is loaded, training starts from the initial weights"
                + " (random ones without init_from_hf_path)",
            LOAD,
            folder,
            missing);
      }
      return Optional.empty();
    }
    try {
      return Optional.of(StoredRun.read(DcpCheckpoints.find(folder, arguments.ckptStep())));
    } catch (CheckpointException e) {
      problem(LOAD, folder.toString(), e.getMessage());
      return Optional.empty();
    }
  }

  private boolean adapts() {
    return !configuration.launch().lora().loraTargetModules().isEmpty();
  }

  private void checkAdapters(StoredRun stored) {
    if (stored.hasAdapters() && !adapts()) {
      problem(
          LOAD,
          stored.folder().toString(),
          "holds adapters; give --lora-target-modules to go on with them, or merge them with"
              + " mm-convert");
    }
    if (!stored.hasAdapters() && adapts() && stored.iteration() > 0 && !arguments.finetune()) {
      problem(
          LOAD,
          stored.folder().toString(),
          "is iteration "
              + stored.iteration()
              + " of a run without adapters, which cannot go on with --lora-target-modules; give"
              + " --finetune to train adapters over its weights");
    }
    if (stored.hasAdapters()
        && adapts()
        && configuration.launch().lora().loadBaseModel().isEmpty()
        && configuration.model().initFromHfPath().isEmpty()) {
      problem(
          LOAD,
          stored.folder().toString(),
          "holds adapters only; name the weights that they belong to in --load-base-model");
    }
  }

  private void requireOptimizer(StoredRun stored) {
    if (!stored.hasOptimizer()) {
      problem(
          LOAD,
          stored.folder().toString(),
          "has no state of the optimizer; give --no-load-optim or --finetune");
    }
  }

  private void requireGenerator(StoredRun stored) {
    if (!stored.hasGenerator()) {
      problem(
          LOAD,
          stored.folder().toString(),
          "has no state of the random generators; give --no-load-rng or --finetune");
    }
  }

  private void requireNoStreaming() {
    if (configuration.data().datasetParam().basicParameters().streaming()) {
      problem(
          LOAD,
          arguments.load().orElseThrow(),
          "cannot be resumed together with dataset_param.basic_parameters.streaming = true: the"
              + " position in a stream is not kept; give --finetune, or remove streaming");
    }
  }

  /** Stored values where they differ and are to win; they must not differ otherwise. */
  private List<SchedulerValues> winning(SchedulerValues own, StoredRun stored) {
    List<String> differences = own.differences(stored.scheduler());
    if (differences.isEmpty() || arguments.overrideOptParamScheduler()) {
      return List.of();
    }
    if (arguments.useCheckpointOptParamScheduler()) {
      return List.of(own.with(stored.scheduler()));
    }
    problem(
        LOAD,
        stored.folder().toString(),
        "has another learning-rate schedule: "
            + String.join(", ", differences)
            + "; give --override-opt-param-scheduler to keep the arguments, or"
            + " --use-checkpoint-opt-param-scheduler to keep the stored values");
    return List.of();
  }

  private boolean sameFolder() {
    if (arguments.load().isEmpty() || arguments.save().isEmpty()) {
      return false;
    }
    Path load = Path.of(arguments.load().get());
    Path save = Path.of(arguments.save().get());
    try {
      return Files.exists(load) && Files.exists(save) && Files.isSameFile(load, save);
    } catch (IOException e) {
      return false;
    }
  }

  private void checkOutput(Optional<StoredRun> stored) {
    Optional<String> save = arguments.save();
    if (save.isEmpty() || !Files.exists(Path.of(save.get()))) {
      return;
    }
    if (sameFolder() && stored.isPresent()) {
      if (arguments.finetune() && stored.get().iteration() > 0) {
        problem(
            SAVE,
            save.get(),
            "is the folder of --load, whose iterations --finetune would count anew; choose another"
                + " folder");
      }
      return;
    }
    try (Stream<Path> content = Files.list(Path.of(save.get()))) {
      if (content.findAny().isPresent()) {
        problem(
            SAVE,
            save.get(),
            "exists and is not empty; choose another folder, remove it, or give it to --load, too,"
                + " to go on with its run");
      }
    } catch (IOException e) {
      problem(SAVE, save.get(), "cannot be used as folder: " + e);
    }
  }

  private List<SaveSettings> save(SchedulerValues scheduler) {
    if (arguments.save().isEmpty() || arguments.saveInterval().isEmpty()) {
      return List.of();
    }
    return List.of(
        new SaveSettings(
            Path.of(arguments.save().get()).toAbsolutePath().toString(),
            arguments.saveInterval().getAsInt(),
            arguments.asyncSave(),
            new SaveContents(
                !arguments.noSaveOptim(),
                !arguments.noSaveRng(),
                ArgumentValues.of(configuration.launch()),
                scheduler,
                optimizerSettings())));
  }

  private SchedulerValues scheduler(int workers) {
    ScheduleArguments schedule = configuration.launch().schedule();
    double batch = configuration.globalBatchSize(workers);
    double decay = schedule.decayIters() * batch;
    double warmup =
        schedule.lrWarmupFraction().isPresent()
            ? schedule.lrWarmupFraction().getAsDouble() * decay
            : schedule.lrWarmupIters() * batch;
    return new SchedulerValues(
        schedule.lr(),
        schedule.minLr(),
        warmup,
        decay,
        schedule.lrDecayStyle().text(),
        SchedulerValues.WeightDecay.constant(
            configuration.launch().optimizer().weightDecay(), schedule.trainIters() * batch));
  }

  private Map<String, Object> optimizerSettings() {
    OptimizerArguments optimizer = configuration.launch().optimizer();
    return optimizer.optimizer() == OptimizerType.SGD
        ? GroupSettings.sgd(SgdSettings.DEFAULT_MOMENTUM)
        : GroupSettings.adamW(optimizer.adamBeta1(), optimizer.adamBeta2(), optimizer.adamEps());
  }

  private void problem(String option, String value, String message) {
    problems.add(LaunchArguments.FILE, option, value, message);
  }
}
