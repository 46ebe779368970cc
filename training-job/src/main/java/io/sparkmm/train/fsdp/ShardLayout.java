package io.sparkmm.train.fsdp;

/**
 * How the rows of a tensor are spread over shards: every shard has room for ceil(rows / shards)
 * rows, filled in order, so that the last shards may have fewer rows or none.
 *
 * @param rows size of dimension 0
 * @param shards number of shards
 */
record ShardLayout(long rows, int shards) {
  /** Rows that every shard has room for. */
  long capacity() {
    return (rows + shards - 1) / shards;
  }

  /** First row of a shard; {@code rows} if it has none. */
  long firstRow(int shard) {
    return Math.min(shard * capacity(), rows);
  }

  /** Rows of a shard. */
  long rowCount(int shard) {
    return firstRow(shard + 1) - firstRow(shard);
  }

  /** Shards that are filled up. */
  long fullShards() {
    return rows / capacity();
  }
}
