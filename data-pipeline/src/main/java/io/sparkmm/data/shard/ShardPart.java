package io.sparkmm.data.shard;

import java.util.List;
import java.util.Objects;

/**
 * What became of the records of one shard.
 *
 * @param shard the file
 * @param rejects the records that were left out, by reason
 */
public record ShardPart(ShardInfo shard, List<RejectSummary> rejects) {
  public ShardPart {
    Objects.requireNonNull(shard, "shard");
    rejects = List.copyOf(rejects);
  }
}
