package io.sparkmm.train.fsdp;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * Settings of {@link FullyShard}.
 *
 * @param mixedPrecision types of weights, gradients and outputs
 * @param reshardAfterForward whether a module's gathered weights are freed between its forward and
 *     its backward computation; the root's stay in any case
 * @param shardingSize ranks that share one copy of the weights, a divisor of the group's size;
 *     empty for all ranks. 1 leaves a whole copy on every rank
 */
public record FsdpSettings(
    MixedPrecisionPolicy mixedPrecision, boolean reshardAfterForward, OptionalInt shardingSize) {
  /** One copy over all ranks, in the weights' own type, freed after forward. */
  public static final FsdpSettings DEFAULTS =
      new FsdpSettings(MixedPrecisionPolicy.NONE, true, OptionalInt.empty());

  public FsdpSettings {
    Objects.requireNonNull(mixedPrecision, "mixedPrecision");
    Objects.requireNonNull(shardingSize, "shardingSize");
  }
}
