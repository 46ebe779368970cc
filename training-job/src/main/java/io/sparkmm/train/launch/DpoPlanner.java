package io.sparkmm.train.launch;

import io.sparkmm.conf.ComputeMode;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.DpoArguments;
import io.sparkmm.conf.EntryPoint;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.LossType;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.train.checkpoint.StoredRun;
import io.sparkmm.train.dpo.DpoSettings;
import io.sparkmm.train.lora.LoraSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Turns the arguments of preference training into a {@link DpoPlan}; collects what is wrong. */
final class DpoPlanner {
  private static final String REF_MODEL = "--ref-model";
  private static final String TASK = " for preference training";

  private final TrainSettings settings;
  private final LaunchArguments launch;
  private final Optional<StoredRun> loaded;
  private final ConfigProblems problems;

  /**
   * Makes the planner.
   *
   * @param loaded checkpoint that {@code --load} names
   */
  DpoPlanner(TrainSettings settings, Optional<StoredRun> loaded, ConfigProblems problems) {
    this.settings = settings;
    this.launch = settings.configuration().launch();
    this.loaded = loaded;
    this.problems = problems;
  }

  /** Whether a run trains preferences. */
  static boolean isAskedFor(TrainingConfiguration configuration) {
    return configuration
        .launch()
        .entryPoint()
        .filter(EntryPoint.POSTTRAIN_QWEN2VL_DPO::equals)
        .isPresent();
  }

  /** The plan; none if the run trains no preferences, to be used only if no problem was added. */
  List<DpoPlan> plan(ModelPlan policy) {
    Optional<String> named = launch.dpo().refModel();
    if (!isAskedFor(settings.configuration())) {
      named.ifPresent(
          folder ->
              problem(
                  REF_MODEL,
                  folder,
                  "has a meaning with " + EntryPoint.POSTTRAIN_QWEN2VL_DPO.text() + " only"));
      return List.of();
    }
    checkOthers();
    DpoArguments given = launch.dpo();
    return List.of(
        new DpoPlan(
            new DpoSettings(given.dpoBeta(), given.dpoLabelSmoothing(), given.prefFtx()),
            named.isPresent() ? reference(policy, named.get()) : reference(policy)));
  }

  /** The reference of {@code --ref-model}. */
  private List<ModelSharding> reference(ModelPlan policy, String folder) {
    BaseWeights weights = BaseWeights.in(REF_MODEL, folder, problems);
    boolean same =
        policy.lora().isOn()
            && (isSame(weights.huggingFace(), policy.weightsFolder())
                || isSame(weights.checkpoint(), policy.baseCheckpoint()));
    return same ? List.of() : List.of(of(policy, weights));
  }

  /** The reference where none is named: what training begins with, without adapters. */
  private List<ModelSharding> reference(ModelPlan policy) {
    boolean adapts = policy.lora().isOn();
    Optional<StoredRun> checkpoint = adapts ? Optional.empty() : loaded;
    if (checkpoint.isPresent()
        && checkpoint.get().iteration() > 0
        && !launch.checkpoint().finetune()) {
      problem(
          "--load",
          checkpoint.get().folder().toString(),
          "is iteration "
              + checkpoint.get().iteration()
              + " of a run, of whose reference no state is kept: resuming that is not supported;"
              + " name the weights of the reference in "
              + REF_MODEL);
    } else if (checkpoint.isEmpty()
        && policy.weightsFolder().isEmpty()
        && policy.baseCheckpoint().isEmpty()) {
      problem(
          REF_MODEL,
          "",
          "is required: preferences are measured against a model; name its folder, or give --load,"
              + " whose weights are the reference then");
    }
    if (adapts) {
      return List.of();
    }
    Optional<Path> folder =
        Optional.of(policy.weightsFolder()).filter(text -> !text.isEmpty()).map(Path::of);
    return List.of(of(policy, new BaseWeights(folder, checkpoint.map(StoredRun::folder))));
  }

  private ModelSharding of(ModelPlan policy, BaseWeights weights) {
    return new ModelSharding(
        new ModelPlan(
            policy.modelId(),
            policy.configJson(),
            text(weights.huggingFace()),
            text(weights.checkpoint()),
            policy.initMethod(),
            policy.weightType(),
            true,
            true,
            policy.shardWise(),
            new RecomputePlan(List.of(), false),
            LoraSettings.NONE),
        settings.sharding());
  }

  private void checkOthers() {
    TrainingConfiguration configuration = settings.configuration();
    String file = launch.sources().mmModel().orElse("model");
    if (configuration.lossType() != LossType.DEFAULT) {
      problems.add(
          file, "loss_cfg.loss_type", configuration.lossType().text(), "must be default" + TASK);
    }
    ComputeMode mode = configuration.model().lossCfg().computeMode();
    if (mode != ComputeMode.DEFAULT) {
      problems.add(file, "loss_cfg.compute_mode", mode.text(), "must be default" + TASK);
    }
    without("--weight-decay-exclude-modules", launch.optimizer().weightDecayExcludeModules());
    without("--lr-scale-modules", launch.optimizer().lrScaleModules());
  }

  private void without(String option, List<String> words) {
    if (!words.isEmpty()) {
      problem(
          option,
          String.join(" ", words),
          "cannot be followed" + TASK + ", in which matrices decay and nothing else; remove it");
    }
  }

  private static boolean isSame(Optional<Path> folder, String other) {
    try {
      return folder.isPresent()
          && !other.isEmpty()
          && Files.isSameFile(folder.get(), Path.of(other));
    } catch (IOException e) {
      return false;
    }
  }

  private static String text(Optional<Path> path) {
    return path.map(found -> found.toAbsolutePath().toString()).orElse("");
  }

  private void problem(String option, String value, String message) {
    problems.add(LaunchArguments.FILE, option, value, message);
  }
}
