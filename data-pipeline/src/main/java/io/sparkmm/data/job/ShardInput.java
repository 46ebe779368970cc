package io.sparkmm.data.job;

import io.sparkmm.data.shard.ShardKey;
import java.io.Serializable;
import java.util.Objects;

/**
 * The records that become one shard.
 *
 * @param key the shard
 * @param chunk its records
 */
record ShardInput(ShardKey key, JsonChunk chunk) implements Serializable {
  ShardInput {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(chunk, "chunk");
  }
}
