package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a model is sharded with.
 *
 * @param modulePaths dotted paths of modules that become groups of their own
 * @param dataParallel all ranks that train the model
 * @param settings what the FSDP2 configuration says
 * @param declaredType type of the weights of parameters that have no storage yet; empty if all have
 *     it
 */
public record ShardRequest(
    List<String> modulePaths,
    Collectives dataParallel,
    FsdpSettings settings,
    Optional<ScalarType> declaredType) {
  public ShardRequest {
    modulePaths = List.copyOf(modulePaths);
    Objects.requireNonNull(dataParallel, "dataParallel");
    Objects.requireNonNull(settings, "settings");
    declaredType = declaredType.map(ScalarType::intern);
  }

  /** The same request with other modules that become groups. */
  public ShardRequest withModules(List<String> paths) {
    return new ShardRequest(paths, dataParallel, settings, declaredType);
  }

  /** The same request with other settings. */
  public ShardRequest withSettings(FsdpSettings other) {
    return new ShardRequest(modulePaths, dataParallel, other, declaredType);
  }
}
