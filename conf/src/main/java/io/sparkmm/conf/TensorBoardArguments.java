package io.sparkmm.conf;

import java.util.Optional;

/**
 * Event files for TensorBoard.
 *
 * @param tensorboardDir folder for them; empty: none are written
 * @param tensorboardLogInterval steps between entries
 * @param logTimersToTensorboard whether times are written
 * @param logValidationPplToTensorboard whether the perplexity of validations is written
 * @param logWorldSizeToTensorboard whether the number of workers is written
 */
public record TensorBoardArguments(
    Optional<String> tensorboardDir,
    int tensorboardLogInterval,
    boolean logTimersToTensorboard,
    boolean logValidationPplToTensorboard,
    boolean logWorldSizeToTensorboard)
    implements KeyGroup {

  static TensorBoardArguments read(ConfigSection section) {
    return new TensorBoardArguments(
        section.optionalText("tensorboard_dir"),
        section.integer("tensorboard_log_interval", 1, Limit.atLeast(1)),
        section.flag("log_timers_to_tensorboard", false),
        section.flag("log_validation_ppl_to_tensorboard", false),
        section.flag("log_world_size_to_tensorboard", false));
  }
}
