package io.sparkmm.data.job;

import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardInfo;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardPart;
import io.sparkmm.data.shard.Split;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Adds up what became of the records of shards, in the order of the shards. Of the rejects only the
 * first examples are kept, however many shards there are.
 */
final class CollectedShards {
  private final Map<Split, List<ShardInfo>> shards = new EnumMap<>(Split.class);
  private final List<String> rejectsFiles = new ArrayList<>();
  private final RejectSummary.Counter rejects = new RejectSummary.Counter();

  /** Adds a shard with its rejects. */
  void add(Split split, ShardPart part) {
    shards.computeIfAbsent(split, key -> new ArrayList<>()).add(part.shard());
    part.rejectsFile().ifPresent(file -> rejectsFiles.add(file.file()));
    part.rejects().forEach(rejects::add);
  }

  /** Adds the rejects of shards whose samples went elsewhere. */
  void addRejects(CollectedShards other) {
    other.rejects().forEach(rejects::add);
    rejectsFiles.addAll(other.rejectsFiles);
  }

  void addAll(ShardManifest manifest) {
    manifest.shards().forEach(this::addShards);
    manifest.rejects().forEach(rejects::add);
  }

  void addAll(CollectedShards other) {
    other.shards.forEach(this::addShards);
    addRejects(other);
  }

  Map<Split, List<ShardInfo>> shards() {
    return shards;
  }

  /** The files that list rejects. */
  List<String> rejectsFiles() {
    return List.copyOf(rejectsFiles);
  }

  /** All files, as paths below the data set's folder. */
  List<String> files() {
    List<String> files = new ArrayList<>(rejectsFiles);
    shards.values().forEach(infos -> infos.forEach(info -> files.add(info.file())));
    return files;
  }

  List<RejectSummary> rejects() {
    return rejects.summaries();
  }

  long rejected() {
    return rejects().stream().mapToLong(RejectSummary::count).sum();
  }

  long samples() {
    return shards.values().stream().flatMap(List::stream).mapToLong(ShardInfo::rows).sum();
  }

  private void addShards(Split split, List<ShardInfo> more) {
    shards.computeIfAbsent(split, key -> new ArrayList<>()).addAll(more);
  }
}
