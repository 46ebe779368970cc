package io.sparkmm.data.shard;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** Makes small data sets, and compares folders. */
public final class TestShards {
  private TestShards() {}

  /** A sample with a picture, whose ids tell its number. */
  public static EncodedSample sample(int number) {
    int[] ids = {number, number + 1, number + 2, number + 3};
    EncodedImage image = new EncodedImage("a.png", Optional.empty(), 56, 56, 1, 4, 4);
    return new EncodedSample("s#" + number, ids, List.of(new LabelSpan(2, 4)), List.of(image));
  }

  /** Writes a data set; returns all samples in their order. */
  public static List<EncodedSample> write(Path folder, List<List<EncodedSample>> shards)
      throws IOException {
    Configuration configuration = new Configuration();
    org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(folder.toUri());
    List<ShardInfo> infos = new ArrayList<>();
    List<EncodedSample> all = new ArrayList<>();
    for (int i = 0; i < shards.size(); i++) {
      try (ShardWriter writer = new ShardWriter(target, Split.TRAIN.shardFile(i), configuration)) {
        for (EncodedSample sample : shards.get(i)) {
          writer.write(sample);
          all.add(sample);
        }
        infos.add(writer.finish());
      }
    }
    ShardManifest manifest =
        new ShardManifest(
            new ShardManifest.Origin("qwen2vl", "abc", "def", 0, new TreeMap<>()),
            Map.of(Split.TRAIN, infos),
            List.of());
    Files.writeString(
        folder.resolve(ShardManifest.FILE_NAME), ShardManifestParser.toJson(manifest));
    return all;
  }

  /** All files of a folder with their bytes as text, sorted by their path. */
  public static SortedMap<String, String> tree(Path folder) throws IOException {
    SortedMap<String, String> tree = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
        String name = folder.relativize(path).toString();
        tree.put(name, HexFormat.of().formatHex(Files.readAllBytes(path)));
      }
    }
    return tree;
  }

  /** Removes a folder with all that is in it. */
  public static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      paths
          .sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }

  static boolean isUnicode(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }
}
