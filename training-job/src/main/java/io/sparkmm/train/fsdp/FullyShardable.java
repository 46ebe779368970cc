package io.sparkmm.train.fsdp;

import io.sparkmm.train.nn.Module;
import java.util.Optional;

/**
 * A model that has a say in how it is sharded. {@link FullyShard} asks it first; what it returns
 * takes precedence over the usual way. To be implemented by a root {@link Module}.
 *
 * <p>The default implementation has three phases, each of which a model may replace: {@link
 * #preFullyShard} changes the request, for example the list of modules; {@link #shardModules} does
 * the work; {@link #postFullyShard} follows it.
 */
public interface FullyShardable {
  /**
   * Shards this model. Every rank calls it at the same point.
   *
   * @param request what the configuration asks for
   * @return the sharded model, or empty to leave the work to the usual way with the same request
   * @throws FsdpException if the model cannot be sharded so
   */
  default Optional<ParallelModel> fullyShard(ShardRequest request) {
    ShardRequest changed = preFullyShard(request);
    ParallelModel model = shardModules(changed);
    try {
      postFullyShard(model, changed);
      return Optional.of(model);
    } catch (RuntimeException | Error problem) {
      model.close();
      throw problem;
    }
  }

  /** First phase: returns the request to go on with. */
  default ShardRequest preFullyShard(ShardRequest request) {
    return request;
  }

  /** Second phase: makes groups of the listed modules and the root. */
  default ParallelModel shardModules(ShardRequest request) {
    if (this instanceof Module root) {
      return FullyShard.standard(root, request);
    }
    throw new FsdpException(
        FsdpException.Kind.CONFIGURATION,
        "Cannot shard " + getClass().getName() + ": a model that shards itself must be a Module");
  }

  /** Third phase: whatever has to follow; weights that were only declared have no values yet. */
  default void postFullyShard(ParallelModel model, ShardRequest request) {}
}
