package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.source.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;

/**
 * The source files of a preparation, cut into shards. No shard holds records of two files.
 *
 * @param shards all shards of all splits
 * @param checksums CRC-32C of each file by its path, hexadecimal
 */
record PrepareInputs(List<ShardInput> shards, SortedMap<String, String> checksums) {
  PrepareInputs {
    shards = List.copyOf(shards);
    checksums = new TreeMap<>(checksums);
  }

  /**
   * Finds the records.
   *
   * @throws DataException of kind {@code SOURCE} if a file cannot be read, has none of a column's
   *     values, or has fewer records than asked for
   */
  static PrepareInputs find(
      BasicParameters basic, Attributes attributes, int recordsPerShard, Configuration conf) {
    PrepareInputs inputs = new PrepareInputs(List.of(), new TreeMap<>());
    JsonIndex.Request request =
        new JsonIndex.Request(recordsPerShard, Set.copyOf(attributes.columns().values()));
    PrepareInputs train =
        inputs.with(
            Split.TRAIN,
            basic.dataset(),
            request,
            new Limit("max_samples", basic.recordLimit()),
            conf);
    if (basic.valDataset().isEmpty()) {
      return train;
    }
    Limit limit = new Limit("val_max_samples", basic.valMaxSamples());
    return train.with(Split.VAL, List.of(basic.valDataset().get()), request, limit, conf);
  }

  private record Limit(String key, OptionalInt records) {}

  /** Number of records of all splits. */
  long records() {
    return shards.stream().mapToLong(shard -> shard.chunk().records()).sum();
  }

  private PrepareInputs with(
      Split split,
      List<String> files,
      JsonIndex.Request request,
      Limit limit,
      Configuration configuration) {
    SortedMap<String, String> sums = new TreeMap<>(checksums);
    Set<String> missing = new TreeSet<>(request.columns());
    List<JsonChunk> chunks = new ArrayList<>();
    for (String file : files) {
      JsonIndex index = JsonIndexer.index(file, request, configuration);
      missing.retainAll(index.missingColumns());
      chunks.addAll(index.chunks());
      sums.put(file, String.format(Locale.ROOT, "%08x", index.crc32c()));
    }
    long available = chunks.stream().mapToLong(JsonChunk::records).sum();
    if (available == 0) {
      throw source(files, "there are no records");
    }
    if (!missing.isEmpty()) {
      throw source(files, "no record has the columns " + missing + " that attr names");
    }
    long wanted = limit.records().isPresent() ? limit.records().getAsInt() : available;
    if (wanted > available) {
      throw source(
          files, limit.key() + " is " + wanted + ", but there are " + available + " records");
    }
    List<ShardInput> all = new ArrayList<>(shards);
    int number = 0;
    for (JsonChunk chunk : chunks) {
      if (wanted == 0) {
        break;
      }
      JsonChunk kept = chunk.limit((int) Math.min(wanted, chunk.records()));
      all.add(new ShardInput(new ShardKey(split, number++), kept));
      wanted -= kept.records();
    }
    return new PrepareInputs(all, sums);
  }

  private static DataException source(List<String> files, String problem) {
    return new DataException(
        DataException.Kind.SOURCE, "Cannot prepare " + String.join(",", files) + ": " + problem);
  }
}
