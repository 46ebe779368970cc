package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.SourceState;
import io.sparkmm.data.shard.Split;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;

/** Goes through source files in their order and cuts what is new in them into shards. */
final class InputFinder {
  private final JsonIndex.Request request;
  private final Configuration configuration;
  private final List<ShardInput> shards = new ArrayList<>();
  private final List<SourceState> sources = new ArrayList<>();
  private final Set<Integer> named = new HashSet<>();
  private final Map<String, SourceFile.Stamp> stamps = new TreeMap<>();
  private final Map<Split, Integer> numbers = new EnumMap<>(Split.class);
  private boolean adding;

  /**
   * How many records to take.
   *
   * @param key the setting that says so
   * @param records empty = all
   */
  record Limit(String key, OptionalInt records) {
    static final Limit NONE = new Limit("", OptionalInt.empty());
  }

  InputFinder(JsonIndex.Request request, Configuration configuration) {
    this.request = request;
    this.configuration = configuration;
  }

  /** Tells of a data set that is added to. */
  void know(ShardManifest manifest) {
    adding = true;
    sources.addAll(manifest.lineage().sources());
    for (Split split : Split.values()) {
      numbers.put(split, manifest.shards(split).size());
    }
  }

  PrepareInputs inputs() {
    return new PrepareInputs(shards, sources, stamps);
  }

  void find(Split split, List<String> files, Limit limit) {
    Set<String> missing = new TreeSet<>(request.columns());
    List<JsonChunk> chunks = new ArrayList<>();
    boolean indexed = false;
    for (String file : files) {
      int known = adding ? known(split, file) : -1;
      if (known >= 0 && !hasGrown(sources.get(known))) {
        continue;
      }
      long before = known < 0 ? 0 : sources.get(known).records();
      SourceFile source = new SourceFile(file, configuration);
      SourceFile.Stamp stamp = source.stamp();
      JsonIndex index = JsonIndexer.index(file, request.from(before), configuration);
      SourceState state = source.state(split, before, index.chunks());
      if (!source.stamp().equals(stamp)) {
        throw changing(file);
      }
      stamps.put(file, stamp);
      indexed = true;
      missing.retainAll(index.missingColumns());
      chunks.addAll(index.chunks());
      if (known < 0) {
        named.add(sources.size());
        sources.add(state);
      } else if (!index.chunks().isEmpty()) {
        sources.set(known, state);
      }
    }
    if (indexed || !adding) {
      cut(split, files, chunks, missing, limit);
    }
  }

  private void cut(
      Split split, List<String> files, List<JsonChunk> chunks, Set<String> missing, Limit limit) {
    long available = chunks.stream().mapToLong(JsonChunk::records).sum();
    if (available == 0 && !adding) {
      throw source(files, "there are no records");
    }
    if (!missing.isEmpty() && available > 0) {
      throw source(files, "no record has the columns " + missing + " that attr names");
    }
    long wanted = limit.records().isPresent() ? limit.records().getAsInt() : available;
    if (wanted > available) {
      throw source(
          files, limit.key() + " is " + wanted + ", but there are " + available + " records");
    }
    for (JsonChunk chunk : chunks) {
      if (wanted == 0) {
        break;
      }
      JsonChunk kept = chunk.limit((int) Math.min(wanted, chunk.records()));
      int number = numbers.merge(split, 1, Integer::sum) - 1;
      shards.add(new ShardInput(new ShardKey(split, number), kept));
      wanted -= kept.records();
    }
  }

  /** Place of a file among the known ones, -1 if it is new; a file that is named twice has two. */
  private int known(Split split, String file) {
    for (int i = 0; i < sources.size(); i++) {
      SourceState source = sources.get(i);
      if (source.split() == split && source.file().equals(file) && named.add(i)) {
        return i;
      }
    }
    return -1;
  }

  private boolean hasGrown(SourceState source) {
    return switch (new SourceFile(source.file(), configuration).change(source)) {
      case NONE -> false;
      case GROWN -> true;
      case REWRITTEN ->
          throw source(
              List.of(source.file()),
              "the "
                  + source.records()
                  + " records that the data set has of it are not those at its beginning any"
                  + " more; records can be added behind them only. Give new records a file of"
                  + " their own, or prepare a new data set");
      case MISSING -> throw source(List.of(source.file()), "the file does not exist");
    };
  }

  /** A file changed while it was read. */
  static DataException changing(String file) {
    return source(List.of(file), "it was changed while it was read; run again when it is complete");
  }

  private static DataException source(List<String> files, String problem) {
    return new DataException(
        DataException.Kind.SOURCE, "Cannot prepare " + String.join(",", files) + ": " + problem);
  }
}
