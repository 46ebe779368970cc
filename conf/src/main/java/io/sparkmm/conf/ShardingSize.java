package io.sparkmm.conf;

import java.util.OptionalInt;

/**
 * {@code sharding_size}: workers that share one copy of the parameters.
 *
 * @param size the number; empty for {@code auto}, all workers
 */
public record ShardingSize(OptionalInt size) {
  /** All workers share one copy. */
  public static final ShardingSize AUTO = new ShardingSize(OptionalInt.empty());

  /** Groups of this many workers. */
  public static ShardingSize of(int size) {
    return new ShardingSize(OptionalInt.of(size));
  }

  /** A given number is at least 1. */
  public ShardingSize {
    if (size.isPresent() && size.getAsInt() < 1) {
      throw new IllegalArgumentException("Cannot shard over " + size.getAsInt() + " workers");
    }
  }

  /** Whether the group of workers can be cut into groups of this size. */
  public boolean divides(int groupSize) {
    return size.isEmpty() || groupSize % size.getAsInt() == 0;
  }

  /**
   * The number of workers per shard group.
   *
   * @param groupSize workers that hold the model; the world size without other parallelism
   * @throws IllegalArgumentException if the size does not divide the group
   */
  public int resolve(int groupSize) {
    if (!divides(groupSize)) {
      throw new IllegalArgumentException(
          "Cannot shard over groups of " + this + ": " + remainderMessage(groupSize));
    }
    return size.orElse(groupSize);
  }

  /** The numbers behind a refusal. */
  String remainderMessage(int groupSize) {
    return groupSize + " workers divided by " + this + " leave " + groupSize % size.orElse(1);
  }

  /** As it stands in the file. */
  @Override
  public String toString() {
    return size.isPresent() ? Integer.toString(size.getAsInt()) : "auto";
  }

  static ShardingSize read(ConfigSection section, String key) {
    var value = section.raw(key);
    if (value.isMissingNode() || value.isNull()) {
      return of(1);
    }
    if (value.isTextual() && value.textValue().equals("auto")) {
      return AUTO;
    }
    if (value.isInt() && value.intValue() >= 1) {
      return of(value.intValue());
    }
    section.report(key, "must be auto or a whole number of at least 1");
    return of(1);
  }
}
