package io.sparkmm.conf;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Megatron-style recomputation, in a sub-model or as launch arguments.
 *
 * @param recomputeGranularity what it covers; empty for off
 * @param recomputeMethod how layers are chosen
 * @param recomputeNumLayers how many
 */
public record RecomputeOptions(
    Optional<RecomputeGranularity> recomputeGranularity,
    Optional<RecomputeMethod> recomputeMethod,
    OptionalInt recomputeNumLayers)
    implements KeyGroup {

  static RecomputeOptions read(ConfigSection section) {
    return new RecomputeOptions(
        section.optionalChoice("recompute_granularity", RecomputeGranularity.class),
        section.optionalChoice("recompute_method", RecomputeMethod.class),
        section.optionalInteger("recompute_num_layers", Limit.atLeast(1)));
  }

  /** Whether any of the keys is set. */
  public boolean isSet() {
    return recomputeGranularity.isPresent()
        || recomputeMethod.isPresent()
        || recomputeNumLayers.isPresent();
  }
}
