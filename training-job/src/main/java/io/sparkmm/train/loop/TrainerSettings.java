package io.sparkmm.train.loop;

import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.OptimizerSettings;
import io.sparkmm.train.optim.ParameterRule;
import java.util.Objects;

/**
 * Settings of a {@link Trainer}.
 *
 * @param iterations optimizer steps to make, at least 0
 * @param globalBatchSize samples of one step over all ranks; a multiple of micro-batch size times
 *     ranks
 * @param schedule learning rate by samples seen
 * @param optimizer update rule
 * @param rule which parameters decay
 * @param clipGrad largest gradient norm, 0 for no limit
 * @param options what most runs leave as it is
 */
public record TrainerSettings(
    int iterations,
    int globalBatchSize,
    LrSchedule schedule,
    OptimizerSettings optimizer,
    ParameterRule rule,
    double clipGrad,
    Options options) {
  /**
   * What most runs leave as it is.
   *
   * @param perTokenLoss whether losses that are sums are divided by all tokens of an iteration
   * @param dummyOptimizer whether a rank may have nothing to train
   * @param evaluation when to validate, if there are validation data
   */
  public record Options(
      boolean perTokenLoss, boolean dummyOptimizer, EvaluationSettings evaluation) {
    /** Losses are means, every rank trains, nothing is validated. */
    public static final Options DEFAULTS = new Options(false, false, EvaluationSettings.NONE);

    public Options {
      Objects.requireNonNull(evaluation, "evaluation");
    }
  }

  /**
   * When to validate.
   *
   * @param interval iterations between validations, at least 1
   * @param rounds global batches of a validation; 0 for no validation
   */
  public record EvaluationSettings(int interval, int rounds) {
    /** No validation. */
    public static final EvaluationSettings NONE = new EvaluationSettings(1, 0);

    public EvaluationSettings {
      if (interval < 1 || rounds < 0) {
        throw new IllegalArgumentException(
            "Cannot validate " + rounds + " batches every " + interval + " iterations");
      }
    }
  }

  public TrainerSettings {
    if (iterations < 0) {
      throw new IllegalArgumentException("Cannot train " + iterations + " iterations");
    }
    Objects.requireNonNull(schedule, "schedule");
    Objects.requireNonNull(optimizer, "optimizer");
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(options, "options");
  }

  /** Settings with the default options. */
  public TrainerSettings(
      int iterations,
      int globalBatchSize,
      LrSchedule schedule,
      OptimizerSettings optimizer,
      ParameterRule rule,
      double clipGrad) {
    this(iterations, globalBatchSize, schedule, optimizer, rule, clipGrad, Options.DEFAULTS);
  }

  /** The same settings with other options. */
  public TrainerSettings with(Options other) {
    return new TrainerSettings(
        iterations, globalBatchSize, schedule, optimizer, rule, clipGrad, other);
  }

  /**
   * Micro-batches of one iteration on each rank.
   *
   * @throws TrainingException if the global batch does not divide evenly
   */
  public int microBatches(int microBatchSize, int ranks) {
    int parallel = Math.multiplyExact(microBatchSize, ranks);
    if (globalBatchSize < 1 || parallel < 1 || globalBatchSize % parallel != 0) {
      throw new TrainingException(
          TrainingException.Kind.BATCH_SIZES,
          String.format(
              "Cannot cut a global batch of %d samples: it is no multiple of micro-batch-size %d"
                  + " times %d data-parallel ranks",
              globalBatchSize, microBatchSize, ranks));
    }
    return globalBatchSize / parallel;
  }
}
