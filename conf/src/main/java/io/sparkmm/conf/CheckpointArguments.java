package io.sparkmm.conf;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Loading and saving.
 *
 * @param load folder with the tracker file; empty: random weights
 * @param save folder for checkpoints; empty: nothing is saved
 * @param saveInterval steps between checkpoints
 * @param noLoadOptim whether stored optimizer state is not read
 * @param noLoadRng whether stored random state is not read
 * @param noSaveOptim whether optimizer state is not stored
 * @param noSaveRng whether random state is not stored
 * @param ckptFormat layout
 * @param ckptStep iteration to load instead of the tracker's
 * @param finetune whether only weights are loaded, to start at iteration 0
 * @param exitOnMissingCheckpoint whether a missing checkpoint stops the run
 * @param overrideOptParamScheduler whether the arguments win over the stored schedule
 * @param useCheckpointOptParamScheduler whether the stored schedule wins
 * @param asyncSave whether training goes on while a checkpoint is written
 */
public record CheckpointArguments(
    Optional<String> load,
    Optional<String> save,
    OptionalInt saveInterval,
    boolean noLoadOptim,
    boolean noLoadRng,
    boolean noSaveOptim,
    boolean noSaveRng,
    CheckpointFormat ckptFormat,
    OptionalInt ckptStep,
    boolean finetune,
    boolean exitOnMissingCheckpoint,
    boolean overrideOptParamScheduler,
    boolean useCheckpointOptParamScheduler,
    boolean asyncSave)
    implements KeyGroup {

  static CheckpointArguments read(ConfigSection section) {
    int before = section.problems().count();
    CheckpointArguments read =
        new CheckpointArguments(
            section.optionalText("load"),
            section.optionalText("save"),
            section.optionalInteger("save_interval", Limit.atLeast(1)),
            section.flag("no_load_optim", false),
            section.flag("no_load_rng", false),
            section.flag("no_save_optim", false),
            section.flag("no_save_rng", false),
            section.choice("ckpt_format", CheckpointFormat.class, CheckpointFormat.TORCH_DIST),
            section.optionalInteger("ckpt_step", Limit.atLeast(1)),
            section.flag("finetune", false),
            section.flag("exit_on_missing_checkpoint", false),
            section.flag("override_opt_param_scheduler", false),
            section.flag("use_checkpoint_opt_param_scheduler", false),
            section.flag("async_save", false));
    if (section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private void check(ConfigSection section) {
    if (save.isPresent() && saveInterval.isEmpty()) {
      section.report("save_interval", "is required together with --save = " + save.get());
    }
    if (overrideOptParamScheduler && useCheckpointOptParamScheduler) {
      section.report(
          "override_opt_param_scheduler",
          "cannot be given together with --use-checkpoint-opt-param-scheduler");
    }
  }
}
