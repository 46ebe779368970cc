package io.sparkmm.train.loop;

import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.ParameterRule;
import java.util.Objects;

/**
 * Settings of a {@link Trainer}.
 *
 * @param iterations optimizer steps to make, at least 0
 * @param globalBatchSize samples of one step over all ranks; a multiple of micro-batch size times
 *     ranks
 * @param schedule learning rate by samples seen
 * @param adamW optimizer
 * @param rule which parameters decay
 * @param clipGrad largest gradient norm, 0 for no limit
 */
public record TrainerSettings(
    int iterations,
    int globalBatchSize,
    LrSchedule schedule,
    AdamWSettings adamW,
    ParameterRule rule,
    double clipGrad) {
  public TrainerSettings {
    if (iterations < 0) {
      throw new IllegalArgumentException("Cannot train " + iterations + " iterations");
    }
    Objects.requireNonNull(schedule, "schedule");
    Objects.requireNonNull(adamW, "adamW");
    Objects.requireNonNull(rule, "rule");
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
