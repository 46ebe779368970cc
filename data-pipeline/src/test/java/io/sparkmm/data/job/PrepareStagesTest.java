package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prepares pairs, packed rows and plain texts. */
class PrepareStagesTest {
  private static final int RECORDS = 30;

  @TempDir private static Path folder;
  private static TestInputs inputs;

  @TempDir private Path output;

  @BeforeAll
  static void draw() {
    inputs = TestInputs.draw(folder, RECORDS);
  }

  private ShardManifest prepare(ObjectNode config, String name, int perShard, int partitions) {
    return PrepareJob.run(
        TestSpark.local(2),
        TestInputs.settings(
            config, output.resolve(name), TestInputs.options(perShard, partitions, 0.5)));
  }

  private List<EncodedSample> read(String name) {
    List<EncodedSample> samples = new ArrayList<>();
    try (ShardReader reader =
        ShardReader.open(output.resolve(name).toString(), Split.TRAIN, new Configuration())) {
      for (long i = 0; i < reader.size(); i++) {
        samples.add(reader.read(i));
      }
    }
    return samples;
  }

  private ObjectNode packing(int window) throws IOException {
    // Every fifth picture is gone, so that windows hold fewer samples than records.
    Path records =
        inputs.changedRecords(
            "gaps.jsonl",
            record ->
                record.get("image").asText().matches(".*[05]\\.png")
                    ? record.put("image", "gone.png")
                    : record);
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", records + "," + inputs.records());
    TestInputs.basic(config).put("preprocessing_batch_size", window);
    TestInputs.attr(config).put("packing", true);
    return config;
  }

  @Test
  void pairsKeepBothAnswers() throws IOException {
    Path records =
        inputs.changedRecords(
            "pairs.jsonl",
            record -> {
              var turns =
                  (com.fasterxml.jackson.databind.node.ArrayNode) record.get("conversations");
              while (turns.size() > 1) {
                turns.remove(1);
              }
              record.putObject("chosen").put("from", "gpt").put("value", "a red circle");
              record
                  .putObject("rejected")
                  .put("from", "gpt")
                  .put("value", "a blue square and more");
              return record;
            });
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", records.toString());
    TestInputs.attr(config)
        .put("ranking", true)
        .put("chosen", "chosen")
        .put("rejected", "rejected");

    ShardManifest manifest = prepare(config, "pairs", 8, 3);

    assertThat(manifest.kind()).isEqualTo(SampleKind.PREFERENCE);
    List<EncodedSample> samples = read("pairs");
    assertThat(samples).hasSize(RECORDS);
    for (EncodedSample sample : samples) {
      int prompt = sample.labelSpans().get(0).start();
      int[] rejected = sample.rejected().orElseThrow().inputIds();
      assertThat(java.util.Arrays.copyOf(rejected, prompt))
          .containsExactly(java.util.Arrays.copyOf(sample.inputIds(), prompt));
      assertThat(rejected).hasSizeGreaterThan(sample.inputIds().length);
      assertThat(sample.images()).hasSize(1);
    }
  }

  @Test
  void packedRowsDoNotDependOnPartitionsOrShards() throws IOException {
    ObjectNode config = packing(5);
    Map<String, String> expected = Map.of();
    for (int partitions : new int[] {1, 7}) {
      prepare(config, "p" + partitions, 10, partitions);
      Map<String, String> tree = TestShards.tree(output.resolve("p" + partitions));
      expected = expected.isEmpty() ? tree : expected;
      assertThat(tree).isEqualTo(expected);
    }
    prepare(config, "other", 17, 2);
    assertThat(rows("other")).isEqualTo(rows("p1"));
  }

  private List<String> rows(String name) {
    return read(name).stream()
        .map(row -> row.id() + java.util.Arrays.toString(row.inputIds()) + row.segments())
        .toList();
  }

  @Test
  void aWindowHoldsRecordsOfOneRunOfOneFile() throws IOException {
    ShardManifest manifest = prepare(packing(5), "windows", 12, 2);

    assertThat(manifest.kind()).isEqualTo(SampleKind.PACKED);
    assertThat(manifest.origin().configuration())
        .containsEntry("packing_window", "5")
        .containsEntry("records_per_shard", "10");
    assertThat(manifest.rejected()).isEqualTo(RECORDS / 5);
    Map<String, Integer> seen = new TreeMap<>();
    for (EncodedSample row : read("windows")) {
      Set<String> windows = new java.util.TreeSet<>();
      for (PackedSegment segment : row.segments()) {
        String source = segment.id().substring(0, segment.id().indexOf('#'));
        int record = Integer.parseInt(segment.id().substring(source.length() + 1));
        windows.add(source + " " + record / 5);
        seen.merge(segment.id(), 1, Integer::sum);
      }
      assertThat(windows).hasSize(1);
      assertThat(row.inputIds()).hasSize(256);
    }
    assertThat(seen).hasSize(2 * RECORDS - RECORDS / 5);
    assertThat(seen.values()).containsOnly(1);
  }

  @Test
  void splitsPackedRowsAfterPacking() throws IOException {
    ObjectNode config = packing(10);
    prepare(config, "whole", 10, 2);
    TestInputs.basic(config).put("val_rate", 0.3);

    ShardManifest manifest = prepare(config, "split", 10, 2);

    int whole = read("whole").size();
    assertThat(manifest.kind()).isEqualTo(SampleKind.PACKED);
    assertThat(manifest.rows(Split.VAL)).isEqualTo((long) Math.ceil(0.3 * whole));
    assertThat(manifest.rows(Split.TRAIN) + manifest.rows(Split.VAL)).isEqualTo(whole);
    assertThat(rows("whole")).containsAll(rows("split"));
  }

  @Test
  void embedsThePicturesOfPackedRows() throws IOException {
    PrepareSettings.Options options = TestInputs.options(10, 2, 0.5);
    PrepareSettings.Options embedding =
        new PrepareSettings.Options(
            options.sequenceLength(),
            options.sharding(),
            true,
            options.seed(),
            options.placeholders());
    PrepareJob.run(
        TestSpark.local(2),
        TestInputs.settings(packing(10), output.resolve("embedded"), embedding));

    for (EncodedSample row : read("embedded")) {
      assertThat(row.images()).isNotEmpty().allMatch(image -> image.bytes().isPresent());
    }
  }

  @Test
  void readsPlainTextsFromOneColumn() throws IOException {
    Path records = inputs.folder().resolve("lines.jsonl");
    java.nio.file.Files.writeString(records, "{\"text\":\"red circle\"}\n{\"text\":\"a\"}\n");
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", records.toString()).put("packing", false);
    TestInputs.attr(config)
        .put("pretrain", true)
        .put("formatting", "alpaca")
        .put("prompt", "text")
        .putNull("images");

    assertThat(prepare(config, "lines", 10, 1).rows(Split.TRAIN)).isEqualTo(2);
    for (EncodedSample text : read("lines")) {
      assertThat(text.labelCount()).isEqualTo(text.inputIds().length).isGreaterThan(1);
    }
  }

  @Test
  void plainTextsBecomeBlocks() throws IOException {
    Path records =
        inputs.changedRecords(
            "texts.jsonl",
            record -> {
              record.remove("image");
              var first = (ObjectNode) record.get("conversations").get(0);
              first.put("value", first.get("value").asText().replace("<image>", "").repeat(4));
              return record;
            });
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", records.toString());
    TestInputs.basic(config).put("preprocessing_batch_size", RECORDS);
    TestInputs.attr(config).put("pretrain", true).putNull("images");

    ShardManifest blocks = prepare(config, "blocks", 10, 2);
    TestInputs.basic(config).put("packing", false);
    ShardManifest texts = prepare(config, "texts", 10, 2);

    assertThat(blocks.kind()).isEqualTo(SampleKind.PRETRAIN);
    assertThat(texts.rows(Split.TRAIN)).isEqualTo(RECORDS);
    assertThat(blocks.rows(Split.TRAIN)).isEqualTo(texts.tokens(Split.TRAIN) / 256);
    assertThat(read("blocks"))
        .isNotEmpty()
        .allMatch(block -> block.inputIds().length == 256 && block.labelCount() == 256);
  }
}
