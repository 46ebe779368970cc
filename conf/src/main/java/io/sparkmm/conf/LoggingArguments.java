package io.sparkmm.conf;

import java.util.Optional;

/**
 * Logs and validation.
 *
 * @param logInterval steps between log lines
 * @param evalInterval steps between validations
 * @param evalIters batches of one validation
 * @param logTps whether tokens per sample and per second are logged
 * @param logThroughput whether FLOP rates are logged
 * @param tensorboard event files
 * @param report page about the run; empty: report.html in the folder of checkpoints
 */
public record LoggingArguments(
    int logInterval,
    int evalInterval,
    int evalIters,
    boolean logTps,
    boolean logThroughput,
    TensorBoardArguments tensorboard,
    Optional<String> report)
    implements KeyGroup {

  static LoggingArguments read(ConfigSection section) {
    return new LoggingArguments(
        section.integer("log_interval", 100, Limit.atLeast(1)),
        section.integer("eval_interval", 1000, Limit.atLeast(1)),
        section.integer("eval_iters", 100, Limit.NOT_NEGATIVE),
        section.flag("log_tps", false),
        section.flag("log_throughput", false),
        TensorBoardArguments.read(section),
        section.optionalText("report"));
  }
}
