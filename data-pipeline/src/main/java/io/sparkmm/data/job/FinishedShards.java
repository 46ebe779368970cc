package io.sparkmm.data.job;

import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardPart;
import io.sparkmm.data.shard.ShardPool;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the shards that an earlier run has finished; their files are read and compared. */
final class FinishedShards {
  private static final Logger LOG = LoggerFactory.getLogger(FinishedShards.class);
  private static final int SHARDS_PER_TASK = 4;

  private FinishedShards() {}

  /**
   * A finished shard.
   *
   * @param key the shard
   * @param rejected records that were left out of it
   */
  record Finished(ShardKey key, long rejected) implements Serializable {}

  /**
   * Looks at the shards of a pool with one task for a few of them.
   *
   * @return those that need not be made again
   */
  static List<Finished> find(
      JavaSparkContext spark, ShardPool pool, List<ShardKey> keys, Broadcast<HadoopSettings> hadoop)
      throws IOException {
    if (keys.isEmpty() || !pool.isStarted(hadoop.value().configuration())) {
      return List.of();
    }
    List<Finished> finished =
        spark
            .parallelize(keys, Math.max(1, keys.size() / SHARDS_PER_TASK))
            .flatMap(key -> check(pool, key, hadoop.value().configuration()).iterator())
            .collect();
    LOG.info("Kept {} finished shards of {} in {}", finished.size(), keys.size(), pool.folder());
    return finished;
  }

  private static Stream<Finished> check(ShardPool pool, ShardKey key, Configuration configuration)
      throws IOException {
    Optional<ShardPart> part = pool.finished(key, configuration);
    return part.map(found -> new Finished(key, found.rejected())).stream();
  }

  /**
   * Reads the descriptions of all shards.
   *
   * @throws IOException if one is missing
   */
  static CollectedShards collect(ShardPool pool, List<ShardKey> keys, Configuration configuration)
      throws IOException {
    CollectedShards collected = new CollectedShards();
    for (ShardKey key : keys) {
      Optional<ShardPart> part = pool.find(key, configuration);
      if (part.isEmpty()) {
        throw new IOException(
            "the description of shard " + pool.naming().shardFile(key) + " is gone");
      }
      collected.add(key.split(), part.get());
    }
    return collected;
  }

  /** Reads the descriptions of the shards that are finished by now. */
  static CollectedShards collectFinished(
      ShardPool pool, List<ShardKey> keys, Configuration configuration) throws IOException {
    CollectedShards collected = new CollectedShards();
    for (ShardKey key : keys) {
      pool.find(key, configuration).ifPresent(part -> collected.add(key.split(), part));
    }
    return collected;
  }
}
