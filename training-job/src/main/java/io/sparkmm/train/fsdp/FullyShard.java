package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.nn.Module;
import java.util.List;

/** Cuts the parameters of a model over the ranks of a group. */
public final class FullyShard {
  private FullyShard() {}

  /**
   * Shards a model: each listed module becomes a group of its own with all parameters below it that
   * no listed module further down has taken; the root takes the rest.
   *
   * @param root whole model with its weights, which are equal on all ranks
   * @param modulePaths dotted paths of modules below the root, in any order; may be empty
   * @param dataParallel all ranks that train the model
   * @throws FsdpException if a path or parameter cannot be sharded
   */
  public static ParallelModel apply(
      Module root, List<String> modulePaths, Collectives dataParallel, FsdpSettings settings) {
    throw new UnsupportedOperationException("Cannot shard yet");
  }
}
