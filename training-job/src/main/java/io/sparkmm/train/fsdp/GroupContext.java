package io.sparkmm.train.fsdp;

/**
 * What the groups of a model share.
 *
 * @param mesh the ranks
 * @param settings how the model is sharded
 * @param exchanges what is under way
 * @param pass the pass that is under way
 */
record GroupContext(
    ShardMesh mesh, FsdpSettings settings, Exchanges exchanges, BackwardPass pass) {}
