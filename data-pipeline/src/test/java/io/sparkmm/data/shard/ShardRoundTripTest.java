package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.hadoop.conf.Configuration;

class ShardRoundTripTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @Property(seed = "1", tries = 25)
  void readsBackWhatWasWritten(
      @ForAll("shards") List<List<EncodedSample>> shards, @ForAll("cacheBytes") long cacheBytes)
      throws IOException {
    Path folder = Files.createTempDirectory("shards");
    try {
      List<EncodedSample> all = TestShards.write(folder, shards);
      try (ShardReader reader =
          ShardReader.open(folder.toString(), Split.TRAIN, CONFIGURATION, cacheBytes)) {
        reader.verify();
        assertThat(reader.size()).isEqualTo(all.size());
        // Backwards, so that each row group is entered at its end.
        for (int index = all.size() - 1; index >= 0; index--) {
          assertThat(reader.read(index)).usingRecursiveComparison().isEqualTo(all.get(index));
        }
      }
    } finally {
      TestShards.delete(folder);
    }
  }

  @Property(seed = "1", tries = 10)
  void equalSamplesGiveEqualBytes(@ForAll("shards") List<List<EncodedSample>> shards)
      throws IOException {
    Path first = Files.createTempDirectory("shards");
    Path second = Files.createTempDirectory("shards");
    try {
      TestShards.write(first, shards);
      TestShards.write(second, shards);
      assertThat(TestShards.tree(second)).isEqualTo(TestShards.tree(first));
    } finally {
      TestShards.delete(first);
      TestShards.delete(second);
    }
  }

  @Provide
  Arbitrary<Long> cacheBytes() {
    return Arbitraries.of(0L, 5_000L, 1L << 30);
  }

  @Provide
  Arbitrary<List<List<EncodedSample>>> shards() {
    return samples().list().ofMaxSize(12).list().ofMinSize(1).ofMaxSize(4);
  }

  private static Arbitrary<EncodedSample> samples() {
    Arbitrary<int[]> ids = Arbitraries.integers().array(int[].class).ofMaxSize(300);
    Arbitrary<List<EncodedImage>> images = images().list().ofMaxSize(3);
    return Combinators.combine(
            Arbitraries.strings().ofMaxLength(20).filter(TestShards::isUnicode), ids, images)
        .as(
            (id, values, pictures) ->
                new EncodedSample(id, values, spans(values.length), pictures));
  }

  private static List<LabelSpan> spans(int length) {
    List<LabelSpan> spans = new ArrayList<>();
    for (int start = 1; start + 3 <= length; start += 50) {
      spans.add(new LabelSpan(start, start + 3));
    }
    return spans;
  }

  private static Arbitrary<EncodedImage> images() {
    Arbitrary<Optional<byte[]>> bytes =
        Arbitraries.bytes().array(byte[].class).ofMaxSize(2000).optional();
    Arbitrary<Integer> positive = Arbitraries.integers().greaterOrEqual(1);
    return Combinators.combine(
            Arbitraries.strings().ofMaxLength(30).filter(TestShards::isUnicode),
            bytes,
            positive,
            positive,
            positive)
        .as(
            (path, data, height, width, grid) ->
                new EncodedImage(path, data, height, width, 1, grid, 2));
  }

  @Property(seed = "1", tries = 20)
  void manifestsRoundTrip(
      @ForAll long seed,
      @ForAll Map<String, String> configuration,
      @ForAll("infos") List<ShardInfo> infos) {
    ShardManifest manifest =
        new ShardManifest(
            new ShardManifest.Origin("qwen2vl", "abc", "def", seed, new TreeMap<>(configuration)),
            Map.of(Split.TRAIN, infos, Split.VAL, List.of()),
            List.of());

    String json = ShardManifestParser.toJson(manifest);

    assertThat(ShardManifestParser.fromJson(json, "test")).isEqualTo(manifest);
  }

  @Provide
  Arbitrary<List<ShardInfo>> infos() {
    Arbitrary<Long> numbers = Arbitraries.longs().between(0, 1L << 50);
    Arbitrary<Long> checksums = Arbitraries.longs().between(0, 0xffffffffL);
    return Combinators.combine(numbers, numbers, numbers, checksums)
        .as(
            (rows, tokens, bytes, crc) ->
                new ShardInfo("train/x.parquet", rows, tokens, bytes, crc))
        .list()
        .ofMaxSize(5);
  }
}
