package io.sparkmm.data.inspect;

import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;

/**
 * Which samples of a split are shown.
 *
 * @param count most samples per split
 * @param seed chooses them over the whole split; empty for the first ones
 * @param ids names of samples or packed records; when there are any, these are shown and nothing
 *     else
 */
public record SampleChoice(int count, OptionalLong seed, List<String> ids) {
  public SampleChoice {
    Objects.requireNonNull(seed, "seed");
    ids = List.copyOf(ids);
    if (count < 0) {
      throw new IllegalArgumentException("Cannot show " + count + " samples");
    }
  }

  /** The first samples of each split. */
  public static SampleChoice first(int count) {
    return new SampleChoice(count, OptionalLong.empty(), List.of());
  }

  /** Samples from all over each split. */
  public static SampleChoice spread(int count, long seed) {
    return new SampleChoice(count, OptionalLong.of(seed), List.of());
  }

  /** Samples by their ids. */
  public static SampleChoice named(List<String> ids) {
    return new SampleChoice(ids.size(), OptionalLong.empty(), ids);
  }

  /**
   * Positions of the samples to show, ascending: the split is cut into as many equal runs, and one
   * sample is taken from each.
   *
   * @param size samples of the split
   */
  long[] positions(long size) {
    int shown = (int) Math.min(count, size);
    long[] positions = new long[shown];
    Random random = new Random(seed.orElse(0));
    for (int i = 0; i < shown; i++) {
      long from = bound(size, i, shown);
      long run = bound(size, i + 1, shown) - from;
      positions[i] = seed.isEmpty() ? i : from + (long) (random.nextDouble() * run);
    }
    return positions;
  }

  private static long bound(long size, int part, int parts) {
    return size / parts * part + size % parts * part / parts;
  }
}
