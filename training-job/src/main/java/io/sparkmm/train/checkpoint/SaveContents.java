package io.sparkmm.train.checkpoint;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What checkpoints hold besides the weights.
 *
 * @param optimizer whether the state of the optimizer and of the schedule is stored
 * @param rng whether the state of the random generators is stored
 * @param arguments the launch arguments by name; values are texts, numbers, truth values and lists
 *     of them
 * @param scheduler the learning-rate schedule
 * @param optimizerSettings settings of every group of weights, by PyTorch's names, such as {@code
 *     betas}
 */
public record SaveContents(
    boolean optimizer,
    boolean rng,
    Map<String, Object> arguments,
    SchedulerValues scheduler,
    Map<String, Object> optimizerSettings)
    implements Serializable {
  public SaveContents {
    Objects.requireNonNull(scheduler, "scheduler");
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    optimizerSettings = Collections.unmodifiableMap(new LinkedHashMap<>(optimizerSettings));
  }
}
