package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.SampleKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** Writes small data sets of any kind. */
public final class DataSetFixture {
  private final Path folder;
  private final Map<Split, List<ShardInfo>> shards = new EnumMap<>(Split.class);
  private final Map<String, String> settings = new TreeMap<>();
  private SampleKind kind = SampleKind.SFT;
  private String fingerprint = "abc";
  private List<RejectSummary> rejects = List.of();
  private Lineage lineage = Lineage.UNKNOWN;

  /** A data set without samples. */
  public DataSetFixture(Path folder) {
    this.folder = folder;
  }

  /** Sets the kind; to be called before samples are written. */
  public DataSetFixture kind(SampleKind value) {
    kind = value;
    return this;
  }

  /** Sets the tokenizer's fingerprint. */
  public DataSetFixture fingerprint(String value) {
    fingerprint = value;
    return this;
  }

  /** Sets the rejects. */
  public DataSetFixture rejects(RejectSummary... values) {
    rejects = List.of(values);
    return this;
  }

  /** Sets the versions and source files. */
  public DataSetFixture lineage(Lineage value) {
    lineage = value;
    return this;
  }

  /** Records a setting. */
  public DataSetFixture setting(String name, String value) {
    settings.put(name, value);
    return this;
  }

  /** Writes one more shard of a split. */
  public DataSetFixture shard(Split split, List<EncodedSample> samples) throws IOException {
    List<ShardInfo> infos = shards.computeIfAbsent(split, key -> new ArrayList<>());
    org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(folder.toUri());
    String file = split.shardFile(infos.size());
    try (ShardWriter writer = new ShardWriter(target, file, kind, new Configuration())) {
      for (EncodedSample sample : samples) {
        writer.write(sample);
      }
      infos.add(writer.finish());
    }
    return this;
  }

  /** Writes the manifest, and returns the folder's path. */
  public String finish() throws IOException {
    ShardManifest manifest =
        new ShardManifest(
            kind,
            new ShardManifest.Origin("qwen2vl", fingerprint, "def", 0, new TreeMap<>(settings)),
            shards,
            rejects,
            lineage);
    Files.writeString(
        folder.resolve(ShardManifest.FILE_NAME), ShardManifestParser.toJson(manifest));
    return folder.toString();
  }
}
