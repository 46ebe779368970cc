package io.sparkmm.data.shard;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.SampleKind;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a data set holds and what it was made of. It is the last file to be written: a folder
 * without it is no data set.
 *
 * @param kind what the samples are
 * @param origin what the samples were encoded with
 * @param shards per split the shards in the order of their samples; without empty splits
 * @param rejects records that were left out, by reason
 * @param lineage the source files and the versions so far
 */
public record ShardManifest(
    SampleKind kind,
    Origin origin,
    Map<Split, List<ShardInfo>> shards,
    List<RejectSummary> rejects,
    Lineage lineage) {
  /** Version of the layout that this code writes and reads. */
  public static final int FORMAT_VERSION = 1;

  /** File name below the data set's folder. */
  public static final String FILE_NAME = "manifest.json";

  /**
   * What the samples were encoded with.
   *
   * @param template chat template
   * @param tokenizerFingerprint names the tokenizer's files
   * @param processorFingerprint names the picture processor's settings
   * @param seed seed of a random split of the records
   * @param configuration all settings that decided about the samples, sorted by name
   */
  public record Origin(
      String template,
      String tokenizerFingerprint,
      String processorFingerprint,
      long seed,
      SortedMap<String, String> configuration) {
    public Origin {
      Objects.requireNonNull(template, "template");
      Objects.requireNonNull(tokenizerFingerprint, "tokenizerFingerprint");
      Objects.requireNonNull(processorFingerprint, "processorFingerprint");
      configuration = Collections.unmodifiableSortedMap(new TreeMap<>(configuration));
    }
  }

  public ShardManifest {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(origin, "origin");
    Map<Split, List<ShardInfo>> copy = new EnumMap<>(Split.class);
    shards.forEach((split, infos) -> copy.put(split, List.copyOf(infos)));
    copy.values().removeIf(List::isEmpty);
    shards = Collections.unmodifiableMap(copy);
    rejects = List.copyOf(rejects);
    Objects.requireNonNull(lineage, "lineage");
  }

  /** Number of the data set's version, from 1. */
  public int version() {
    return lineage.version();
  }

  /** A first version that was not made from source files. */
  public ShardManifest(
      SampleKind kind,
      Origin origin,
      Map<Split, List<ShardInfo>> shards,
      List<RejectSummary> rejects) {
    this(kind, origin, shards, rejects, Lineage.UNKNOWN);
  }

  /** A data set of conversations to imitate. */
  public ShardManifest(
      Origin origin, Map<Split, List<ShardInfo>> shards, List<RejectSummary> rejects) {
    this(SampleKind.SFT, origin, shards, rejects);
  }

  /**
   * Makes sure that the samples are of a kind that the caller can use.
   *
   * @param dataset the data set's folder, for the message
   * @throws DataException of kind {@code DATASET} that names the kind, if they are not
   */
  public void expect(Set<SampleKind> kinds, String dataset) {
    if (!kinds.contains(kind)) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot use data set "
              + dataset
              + ": it holds "
              + kind.text()
              + " samples, "
              + kinds.stream().map(SampleKind::text).sorted().collect(Collectors.joining(" or "))
              + " samples are needed");
    }
  }

  /** The shards of a split, empty when the data set has no such split. */
  public List<ShardInfo> shards(Split split) {
    return shards.getOrDefault(split, List.of());
  }

  /** Samples of a split. */
  public long rows(Split split) {
    return shards(split).stream().mapToLong(ShardInfo::rows).sum();
  }

  /** Token ids of a split. */
  public long tokens(Split split) {
    return shards(split).stream().mapToLong(ShardInfo::tokens).sum();
  }

  /** Bytes of a split's shard files. */
  public long bytes(Split split) {
    return shards(split).stream().mapToLong(ShardInfo::bytes).sum();
  }

  /** Samples of all splits. */
  public long rows() {
    return shards.keySet().stream().mapToLong(this::rows).sum();
  }

  /** Records that were left out. */
  public long rejected() {
    return rejects.stream().mapToLong(RejectSummary::count).sum();
  }
}
