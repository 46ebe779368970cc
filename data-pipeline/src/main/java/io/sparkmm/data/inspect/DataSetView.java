package io.sparkmm.data.inspect;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.shard.DataSetVersions;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.ShardScan;
import io.sparkmm.data.shard.Split;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * A prepared data set, or one of its splits, to look at.
 *
 * @param folder folder of the data set
 * @param manifest what it holds
 * @param configuration how to reach its file system and that of the pictures
 * @param splits the splits to look at; all of them exist
 */
public record DataSetView(
    Path folder, ShardManifest manifest, Configuration configuration, List<Split> splits) {
  /** Samples between two calls that tell about progress. */
  private static final int STEP = 1024;

  /** A row group or two: samples are read far apart from each other. */
  private static final long CACHE_BYTES = 16L << 20;

  public DataSetView {
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(manifest, "manifest");
    Objects.requireNonNull(configuration, "configuration");
    splits = List.copyOf(splits);
  }

  /**
   * A sample with its place.
   *
   * @param split where it is
   * @param index position in the split
   * @param sample the sample
   */
  public record Shown(Split split, long index, EncodedSample sample) {}

  /**
   * What one pass over the splits has found.
   *
   * @param splits statistics of each split
   * @param named positions of the samples that were looked for, by split
   */
  public record Survey(Map<Split, SplitStatistics> splits, Map<Split, List<Long>> named) {}

  /**
   * Opens a data set with all its splits.
   *
   * @param folder path or URI
   * @throws DataException of kind {@code DATASET} if there is none
   */
  public static DataSetView open(String folder, Configuration configuration) {
    Path path = new Path(folder);
    return of(path, ShardReader.readManifest(path, configuration), configuration);
  }

  /**
   * Opens a version of a data set with all its splits.
   *
   * @param folder path or URI
   * @throws DataException of kind {@code DATASET} if there is none, or not this version of it
   */
  public static DataSetView open(String folder, int version, Configuration configuration) {
    Path path = new Path(folder);
    return of(path, DataSetVersions.read(path, version, configuration), configuration);
  }

  private static DataSetView of(Path path, ShardManifest manifest, Configuration configuration) {
    return new DataSetView(path, manifest, configuration, List.copyOf(manifest.shards().keySet()));
  }

  /** Reads the samples of a split; the caller closes it. */
  public ShardReader reader(Split split) {
    return ShardReader.of(folder, manifest, split, configuration, CACHE_BYTES);
  }

  /**
   * The same with one split only.
   *
   * @throws DataException of kind {@code SETTING} if the data set has no such split
   */
  public DataSetView only(Split split) {
    if (manifest.shards(split).isEmpty()) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot show split " + split.folder() + " of " + folder + ": it has no samples");
    }
    return new DataSetView(folder, manifest, configuration, List.of(split));
  }

  /** Samples of the splits. */
  public long size() {
    return splits.stream().mapToLong(manifest::rows).sum();
  }

  /** A pass over all samples for their statistics. */
  public Survey survey() {
    return survey(List.of(), done -> {});
  }

  /**
   * A pass over all samples for their statistics and for the samples of some ids.
   *
   * @param ids names of samples, or of records of packed rows
   * @param progress is told regularly how many more samples were seen
   * @throws DataException of kind {@code DATASET} if a shard is missing or damaged, of kind {@code
   *     SETTING} if there is no sample of an id
   */
  public Survey survey(List<String> ids, LongConsumer progress) {
    Set<String> wanted = Set.copyOf(ids);
    Set<String> found = new HashSet<>();
    ShardScan scan = new ShardScan(folder, manifest.kind(), configuration);
    Map<Split, SplitStatistics> statistics = new EnumMap<>(Split.class);
    Map<Split, List<Long>> named = new EnumMap<>(Split.class);
    for (Split split : splits) {
      SplitStatistics counted = new SplitStatistics();
      List<Long> positions = new ArrayList<>();
      scan.forEach(
          manifest.shards(split),
          shape -> {
            Set<String> here = new HashSet<>(2);
            if (!wanted.isEmpty()) {
              here.add(shape.id());
              shape.segments().forEach(segment -> here.add(segment.id()));
              here.retainAll(wanted);
            }
            if (!here.isEmpty()) {
              positions.add(counted.samples());
              found.addAll(here);
            }
            counted.add(shape);
            if (counted.samples() % STEP == 0) {
              progress.accept(STEP);
            }
          });
      progress.accept(counted.samples() % STEP);
      statistics.put(split, counted);
      named.put(split, positions);
    }
    refuseMissing(ids, found);
    return new Survey(statistics, named);
  }

  /** The samples of a choice, split by split in their order. */
  public List<Shown> samples(SampleChoice choice, Survey survey) {
    List<Shown> shown = new ArrayList<>();
    for (Split split : splits) {
      try (ShardReader reader = reader(split)) {
        List<Long> positions = new ArrayList<>();
        if (choice.ids().isEmpty()) {
          for (long position : choice.positions(reader.size())) {
            positions.add(position);
          }
        } else {
          positions.addAll(survey.named().get(split));
        }
        for (long position : positions) {
          shown.add(new Shown(split, position, reader.read(position)));
        }
      }
    }
    return shown;
  }

  private void refuseMissing(List<String> ids, Set<String> found) {
    List<String> missing = ids.stream().filter(id -> !found.contains(id)).distinct().toList();
    if (!missing.isEmpty()) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot show "
              + String.join(", ", missing)
              + ": "
              + folder
              + " has no sample of this id; an id is the source file, # and the record's number");
    }
  }
}
