package io.sparkmm.conf;

import java.util.OptionalInt;

/**
 * {@code reshard_after_forward}: what happens to gathered parameters between forward and backward.
 *
 * @param enabled whether they are freed and gathered again
 * @param groupSize workers over which shards are kept in between; empty for the shard group itself
 */
public record ReshardAfterForward(boolean enabled, OptionalInt groupSize) {
  /** Freed after forward (ZeRO-3). */
  public static final ReshardAfterForward ALWAYS =
      new ReshardAfterForward(true, OptionalInt.empty());

  /** Kept until the backward pass is done (ZeRO-2). */
  public static final ReshardAfterForward NEVER =
      new ReshardAfterForward(false, OptionalInt.empty());

  /** Freed, but kept as shards over a smaller group. */
  public static ReshardAfterForward over(int groupSize) {
    return new ReshardAfterForward(true, OptionalInt.of(groupSize));
  }

  /** As it stands in the file. */
  @Override
  public String toString() {
    return groupSize.isPresent()
        ? Integer.toString(groupSize.getAsInt())
        : Boolean.toString(enabled);
  }

  static ReshardAfterForward read(ConfigSection section, String key) {
    var value = section.raw(key);
    if (value.isMissingNode() || value.isNull()) {
      return ALWAYS;
    }
    if (value.isBoolean()) {
      return value.booleanValue() ? ALWAYS : NEVER;
    }
    if (value.isInt() && value.intValue() > 1) {
      return over(value.intValue());
    }
    section.report(key, "must be true, false or a whole number greater than 1");
    return ALWAYS;
  }
}
