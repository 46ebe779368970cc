package io.sparkmm.train.fsdp;

import java.util.List;
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
 * @param prefetch how far ahead weights are gathered
 * @param ignoredModules dotted paths of modules whose parameters stay whole on every rank, in their
 *     own type; gradients of those that are trained are averaged over all ranks
 * @param residence where shards and whole weights live
 * @param reshardSize ranks over which freed weights are spread until backward, a divisor of those
 *     that share a copy, neither 1 nor all of them; empty for all of them
 */
public record FsdpSettings(
    MixedPrecisionPolicy mixedPrecision,
    boolean reshardAfterForward,
    OptionalInt shardingSize,
    Prefetch prefetch,
    List<String> ignoredModules,
    Residence residence,
    OptionalInt reshardSize) {
  /** One copy over all ranks, in the weights' own type, freed after forward. */
  public static final FsdpSettings DEFAULTS =
      new FsdpSettings(MixedPrecisionPolicy.NONE, true, OptionalInt.empty());

  public FsdpSettings {
    Objects.requireNonNull(mixedPrecision, "mixedPrecision");
    Objects.requireNonNull(shardingSize, "shardingSize");
    Objects.requireNonNull(prefetch, "prefetch");
    Objects.requireNonNull(residence, "residence");
    Objects.requireNonNull(reshardSize, "reshardSize");
    ignoredModules = List.copyOf(ignoredModules);
  }

  /** Settings with the default prefetching, no ignored modules, on the CPU. */
  public FsdpSettings(
      MixedPrecisionPolicy mixedPrecision, boolean reshardAfterForward, OptionalInt shardingSize) {
    this(
        mixedPrecision,
        reshardAfterForward,
        shardingSize,
        Prefetch.DEFAULT,
        List.of(),
        Residence.CPU,
        OptionalInt.empty());
  }

  /** The same settings with another prefetching. */
  public FsdpSettings withPrefetch(Prefetch other) {
    return new FsdpSettings(
        mixedPrecision,
        reshardAfterForward,
        shardingSize,
        other,
        ignoredModules,
        residence,
        reshardSize);
  }

  /** The same settings with other ignored modules. */
  public FsdpSettings withIgnored(List<String> modulePaths) {
    return new FsdpSettings(
        mixedPrecision,
        reshardAfterForward,
        shardingSize,
        prefetch,
        modulePaths,
        residence,
        reshardSize);
  }

  /** The same settings with tensors in other places. */
  public FsdpSettings withResidence(Residence other) {
    return new FsdpSettings(
        mixedPrecision,
        reshardAfterForward,
        shardingSize,
        prefetch,
        ignoredModules,
        other,
        reshardSize);
  }

  /** The same settings with freed weights spread over fewer ranks until backward. */
  public FsdpSettings withReshardSize(OptionalInt other) {
    return new FsdpSettings(
        mixedPrecision,
        reshardAfterForward,
        shardingSize,
        prefetch,
        ignoredModules,
        residence,
        other);
  }
}
