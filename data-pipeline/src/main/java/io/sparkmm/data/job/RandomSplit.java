package io.sparkmm.data.job;

import io.sparkmm.data.order.NumpyPermutation;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.ShardInfo;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardManifestParser;
import io.sparkmm.data.shard.ShardOutputFormat;
import io.sparkmm.data.shard.ShardPart;
import io.sparkmm.data.shard.ShardParts;
import io.sparkmm.data.shard.SourceOutcome;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Splits encoded samples into a training and a validation part, as {@code train_test_split} of
 * Hugging Face's data sets does: of a random permutation of all samples the first {@code ceil(rate
 * * n)} become the validation part, the others the training part, both in the permutation's order.
 *
 * @param rate share of the validation part, in (0, 1)
 * @param seed seed of the permutation
 * @param recordsPerShard samples of a shard
 */
record RandomSplit(double rate, long seed, int recordsPerShard) {
  /**
   * The indices of one shard's samples.
   *
   * @param key the shard
   * @param samples indices over all encoded samples
   */
  record Part(ShardKey key, int[] samples) implements java.io.Serializable {}

  /**
   * Writes the split data set.
   *
   * @param encoded folder with the encoded samples; its rejects are moved
   * @param manifest what that folder holds
   * @param target folder to write to
   * @return the manifest of the new folder, which is not written yet
   */
  ShardManifest run(
      JavaSparkContext spark,
      Configuration configuration,
      Path encoded,
      ShardManifest manifest,
      Path target)
      throws IOException {
    DataFiles.writeText(
        new Path(encoded, ShardManifest.FILE_NAME),
        ShardManifestParser.toJson(manifest),
        configuration);
    List<Part> parts = parts(Math.toIntExact(manifest.rows(Split.TRAIN)));
    try {
      spark
          .parallelize(parts, parts.size())
          .mapPartitionsToPair(
              new ReadSplit(encoded.toString(), spark.broadcast(new HadoopSettings(configuration))))
          .saveAsNewAPIHadoopFile(
              target.toString(),
              ShardKey.class,
              SourceOutcome.class,
              ShardOutputFormat.class,
              configuration);
    } catch (Exception e) {
      // Scala throws SparkException without declaring it.
      throw JobFailures.explain("split " + encoded, e);
    }
    Path rejects = new Path(encoded, "rejects");
    if (DataFiles.exists(rejects, configuration)) {
      DataFiles.renameToNew(rejects, new Path(target, "rejects"), configuration);
    }
    Map<Split, List<ShardInfo>> shards = new EnumMap<>(Split.class);
    for (Split split : Split.values()) {
      shards.put(
          split,
          ShardParts.read(target, split, configuration).stream().map(ShardPart::shard).toList());
    }
    return new ShardManifest(manifest.kind(), manifest.origin(), shards, manifest.rejects());
  }

  /** The shards of both parts. */
  List<Part> parts(int samples) {
    int validation = (int) Math.ceil(rate * samples);
    if (validation >= samples) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot split "
              + samples
              + " samples with val_rate = "
              + rate
              + ": nothing would be left to train on");
    }
    int[] order = NumpyPermutation.of(samples, seed);
    List<Part> parts = new ArrayList<>();
    cut(parts, Split.VAL, Arrays.copyOf(order, validation));
    cut(parts, Split.TRAIN, Arrays.copyOfRange(order, validation, samples));
    return parts;
  }

  private void cut(List<Part> parts, Split split, int[] samples) {
    int number = 0;
    for (int from = 0; from < samples.length; from += recordsPerShard) {
      int to = Math.min(samples.length, from + recordsPerShard);
      parts.add(new Part(new ShardKey(split, number++), Arrays.copyOfRange(samples, from, to)));
    }
  }
}
