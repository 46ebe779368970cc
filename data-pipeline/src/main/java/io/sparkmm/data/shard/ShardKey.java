package io.sparkmm.data.shard;

import java.io.Serializable;
import java.util.Objects;

/**
 * The shard that a record belongs to.
 *
 * @param split part of the data set
 * @param number number of the shard in its split, from 0
 */
public record ShardKey(Split split, int number) implements Serializable {
  public ShardKey {
    Objects.requireNonNull(split, "split");
    if (number < 0) {
      throw new IllegalArgumentException("Cannot number a shard " + number);
    }
  }
}
