package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.SourceState;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.source.Attributes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * The source files of a preparation, cut into shards. No shard holds records of two files.
 *
 * @param shards the shards to make, of all splits
 * @param sources what is known of the files: those of earlier versions first
 * @param stamps what the file systems said of the files when they were read
 */
record PrepareInputs(
    List<ShardInput> shards, List<SourceState> sources, Map<String, SourceFile.Stamp> stamps) {
  PrepareInputs {
    shards = List.copyOf(shards);
    sources = List.copyOf(sources);
    stamps = java.util.Collections.unmodifiableMap(new TreeMap<>(stamps));
  }

  /**
   * Finds all records.
   *
   * @throws DataException of kind {@code SOURCE} if a file cannot be read, has none of a column's
   *     values, or has fewer records than asked for
   */
  static PrepareInputs find(
      BasicParameters basic, Attributes attributes, int recordsPerShard, Configuration conf) {
    InputFinder finder = finder(attributes, recordsPerShard, conf);
    finder.find(
        Split.TRAIN, basic.dataset(), new InputFinder.Limit("max_samples", basic.recordLimit()));
    if (basic.valDataset().isPresent()) {
      finder.find(
          Split.VAL,
          List.of(basic.valDataset().get()),
          new InputFinder.Limit("val_max_samples", basic.valMaxSamples()));
    }
    return finder.inputs();
  }

  /**
   * Finds the records that a data set does not have yet: those of new files, and those behind the
   * known ones of files that have grown.
   *
   * @throws DataException of kind {@code SOURCE} if a known file was rewritten or a file cannot be
   *     read
   */
  static PrepareInputs added(
      BasicParameters basic,
      Attributes attributes,
      int recordsPerShard,
      ShardManifest known,
      Configuration conf) {
    InputFinder finder = finder(attributes, recordsPerShard, conf);
    finder.know(known);
    finder.find(Split.TRAIN, basic.dataset(), InputFinder.Limit.NONE);
    if (basic.valDataset().isPresent()) {
      finder.find(Split.VAL, List.of(basic.valDataset().get()), InputFinder.Limit.NONE);
    }
    return finder.inputs();
  }

  private static InputFinder finder(Attributes attributes, int recordsPerShard, Configuration c) {
    Set<String> columns = Set.copyOf(attributes.columns().values());
    return new InputFinder(new JsonIndex.Request(recordsPerShard, columns), c);
  }

  /** Number of records of all shards. */
  long records() {
    return shards.stream().mapToLong(shard -> shard.chunk().records()).sum();
  }

  /**
   * Makes sure that the files are still those that were read. A file may grow meanwhile.
   *
   * @throws DataException of kind {@code SOURCE} that names the first one that is not
   */
  void requireUnchanged(Configuration configuration) {
    for (SourceState source : sources) {
      SourceFile file = new SourceFile(source.file(), configuration);
      SourceFile.Stamp stamp = stamps.get(source.file());
      if (stamp == null || file.stamp().equals(stamp)) {
        continue;
      }
      SourceFile.Change change = file.change(source);
      if (change != SourceFile.Change.NONE && change != SourceFile.Change.GROWN) {
        throw InputFinder.changing(source.file());
      }
    }
  }
}
