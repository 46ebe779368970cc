package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Which tensor goes to which file of a checkpoint folder.
 *
 * @param shards at least one
 */
public record ShardPlan(List<Shard> shards) {

  /** The customary limit of one file: 5 GB in the decimal sense. */
  public static final long DEFAULT_LIMIT = 5_000_000_000L;

  /** Name of the only file of a checkpoint that fits into one. */
  public static final String SINGLE_FILE = "model.safetensors";

  /**
   * One file.
   *
   * @param fileName name in the folder
   * @param tensors in the order given
   */
  public record Shard(String fileName, List<TensorSpec> tensors) {
    public Shard {
      tensors = List.copyOf(tensors);
    }

    /** Bytes of its tensors, without the header. */
    public long byteSize() {
      return tensors.stream().mapToLong(TensorSpec::byteSize).reduce(0, Math::addExact);
    }
  }

  public ShardPlan {
    shards = List.copyOf(shards);
  }

  /**
   * Fills files in the order of {@code specs} as {@code save_pretrained} does: a tensor that would
   * carry the current file past the limit opens the next one; a tensor larger than the limit gets a
   * file of its own and leaves the current one open.
   *
   * @param limit bytes of tensors in one file, more than 0
   */
  public static ShardPlan of(List<TensorSpec> specs, long limit) {
    if (limit <= 0) {
      throw new IllegalArgumentException("Cannot fill shards of " + limit + " bytes");
    }
    List<List<TensorSpec>> groups = new ArrayList<>();
    List<TensorSpec> current = new ArrayList<>();
    long bytes = 0;
    for (TensorSpec spec : specs) {
      if (spec.byteSize() > limit) {
        groups.add(List.of(spec));
        continue;
      }
      if (spec.byteSize() > limit - bytes) {
        groups.add(current);
        current = new ArrayList<>();
        bytes = 0;
      }
      current.add(spec);
      bytes += spec.byteSize();
    }
    if (!current.isEmpty() || groups.isEmpty()) {
      groups.add(current);
    }
    List<Shard> shards = new ArrayList<>();
    for (List<TensorSpec> group : groups) {
      shards.add(new Shard(fileName(shards.size() + 1, groups.size()), group));
    }
    return new ShardPlan(shards);
  }

  private static String fileName(int number, int count) {
    return count == 1
        ? SINGLE_FILE
        : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", number, count);
  }

  /** Bytes of all tensors, without headers. */
  public long byteSize() {
    return shards.stream().mapToLong(Shard::byteSize).reduce(0, Math::addExact);
  }

  /** The index that belongs to these files. */
  public SafetensorsIndex index() {
    TreeMap<String, String> weightMap = new TreeMap<>();
    for (Shard shard : shards) {
      shard.tensors().forEach(spec -> weightMap.put(spec.name(), shard.fileName()));
    }
    return new SafetensorsIndex(OptionalLong.of(byteSize()), weightMap);
  }
}
