package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.nn.Module;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Cuts the parameters of a model over the ranks of a group. A model that is {@link FullyShardable}
 * is asked first.
 */
public final class FullyShard {
  private FullyShard() {}

  /**
   * Shards a model: each listed module becomes a group of its own with all parameters below it that
   * no listed module further down has taken; the root takes the rest. The root's forward
   * computation and those of the listed modules must go through {@link Module}'s interceptors.
   *
   * <p>Every rank calls this at the same point, with a model that is whole and equal everywhere.
   * Afterwards {@code Parameter.data()} is this rank's shard, which the optimizer updates.
   *
   * @param root whole model with its weights, frozen where it has to be
   * @param modulePaths dotted paths of modules below the root, in any order; may be empty
   * @param dataParallel all ranks that train the model; stays the caller's
   * @throws FsdpException if a path or parameter cannot be sharded
   * @throws io.sparkmm.train.comm.CollectiveException if the ranks have different models
   */
  public static ParallelModel apply(
      Module root, List<String> modulePaths, Collectives dataParallel, FsdpSettings settings) {
    return apply(root, new ShardRequest(modulePaths, dataParallel, settings, Optional.empty()));
  }

  /**
   * Shards a model of which parameters are only declared: each rank allocates its own rows of them,
   * and nobody ever holds the whole model. The weights have to be set through {@link
   * ParallelModel#state} afterwards; until then the model refuses to run. Parameters that have
   * storage are cut as {@link #apply} does it.
   *
   * <p>What is no parameter, such as tables that a module computes, is the module's own business.
   *
   * @param declaredType floating-point type in which the weights of declared parameters are stored
   */
  public static ParallelModel applyDeclared(
      Module root,
      List<String> modulePaths,
      Collectives dataParallel,
      FsdpSettings settings,
      ScalarType declaredType) {
    return apply(
        root, new ShardRequest(modulePaths, dataParallel, settings, Optional.of(declaredType)));
  }

  /** Shards a model as it wants it itself, or else in the usual way. */
  private static ParallelModel apply(Module root, ShardRequest request) {
    if (root instanceof FullyShardable own) {
      Optional<ParallelModel> sharded = own.fullyShard(request);
      if (sharded.isPresent()) {
        return sharded.get();
      }
    }
    return standard(root, request);
  }

  /** Shards a model in the usual way, without asking it; see {@link FullyShardable}. */
  static ParallelModel standard(Module root, ShardRequest request) {
    FsdpSettings settings = request.settings();
    WrapPlan plan =
        WrapPlan.of(root, request.modulePaths(), settings.ignoredModules(), request.declaredType());
    ShardMesh mesh = ShardMesh.of(request.dataParallel(), settings);
    try {
      for (WrapPlan.Group group : plan.groups()) {
        long fingerprint = WeightFingerprint.of(group.parameters());
        mesh.order()
            .agree(
                fingerprint,
                () ->
                    String.format(
                        "shard the weights of %s, which have the fingerprint %016x",
                        group.label(), fingerprint));
      }
      long ignored = WeightFingerprint.of(plan.ignored());
      mesh.order()
          .agree(
              ignored,
              () ->
                  String.format(
                      "leave the weights of ignored modules whole, which have the fingerprint %016x",
                      ignored));
      return new ShardedModel(root, plan, mesh, settings);
    } catch (RuntimeException | Error problem) {
      mesh.close();
      throw problem;
    }
  }
}
