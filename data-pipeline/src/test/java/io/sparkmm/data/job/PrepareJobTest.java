package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardInfo;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class PrepareJobTest {
  private static final int PICTURES = 60;
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir static Path folder;
  private static TestInputs inputs;

  @TempDir private Path output;

  @BeforeAll
  static void draw() {
    inputs = TestInputs.draw(folder, PICTURES);
  }

  private static ShardManifest prepare(
      ObjectNode config, Path target, PrepareSettings.Options options) {
    return PrepareJob.run(TestSpark.local(2), TestInputs.settings(config, target, options));
  }

  private static ShardReader open(Path target, Split split) {
    return ShardReader.open(target.toString(), split, CONFIGURATION);
  }

  private List<String> outputs() throws IOException {
    try (Stream<Path> paths = Files.list(output)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void coresAndPartitionsDoNotChangeAByte() throws IOException {
    // Every seventh picture is gone, so that shards differ in length and there are rejects.
    Path records =
        inputs.changedRecords(
            "gaps.jsonl",
            record ->
                record.get("image").asText().matches(".*[07]\\.png")
                    ? record.put("image", "gone.png")
                    : record);
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", inputs.records() + "," + records);
    TestInputs.basic(config).put("val_dataset", records.toString());
    Map<String, String> expected = Map.of();
    for (int cores : new int[] {1, 2}) {
      for (int partitions : new int[] {1, 3, 7}) {
        Path target = output.resolve("out" + cores + partitions);
        PrepareJob.run(
            TestSpark.local(cores),
            TestInputs.settings(config, target, TestInputs.options(9, partitions, 0.5)));
        Map<String, String> tree = TestShards.tree(target);
        expected = expected.isEmpty() ? tree : expected;
        assertThat(tree).as("%s cores, %s partitions", cores, partitions).isEqualTo(expected);
      }
    }
    assertThat(expected.keySet())
        .contains("manifest.json", "train/part-00000.parquet", "train/part-00013.parquet")
        .contains("val/part-00006.parquet", "rejects/val-00006.jsonl")
        .noneMatch(name -> name.contains("crc") || name.contains("_"));
    assertThat(expected.keySet().stream().filter(name -> name.startsWith("train/"))).hasSize(14);
  }

  @Test
  void samplesStandInTheOrderOfTheirRecords() throws IOException {
    ShardManifest manifest =
        prepare(inputs.config(), output.resolve("out"), TestInputs.options(25, 2, 0));

    assertThat(manifest.shards(Split.TRAIN))
        .extracting(ShardInfo::rows)
        .containsExactly(25L, 25L, 10L);
    assertThat(manifest.rejects()).isEmpty();
    assertThat(outputs()).containsExactly("out");
    try (ShardReader reader = open(output.resolve("out"), Split.TRAIN)) {
      reader.verify();
      assertThat(reader.manifest()).isEqualTo(manifest);
      assertThat(reader.size()).isEqualTo(PICTURES);
      for (int index = 0; index < PICTURES; index++) {
        EncodedSample sample = reader.read(index);
        assertThat(sample.id()).isEqualTo(inputs.records() + "#" + index);
        assertThat(sample.images()).hasSize(1);
        assertThat(sample.images().get(0).path())
            .isEqualTo(inputs.folder() + "/images/train/" + String.format("%08d.png", index));
        assertThat(sample.images().get(0).gridH()).isEqualTo(4);
        assertThat(sample.images().get(0).bytes()).isEmpty();
      }
    }
    assertThat(manifest.origin().template()).isEqualTo("qwen2vl");
    assertThat(manifest.origin().configuration())
        .containsEntry("seq_length", "256")
        .containsEntry("records_per_shard", "25")
        .containsEntry("attr.messages", "conversations");
    assertThat(manifest.lineage().sources())
        .containsExactly(
            new SourceFile(inputs.records().toString(), CONFIGURATION)
                .state(
                    Split.TRAIN,
                    0,
                    JsonIndexer.index(
                            inputs.records().toString(),
                            new JsonIndex.Request(25, java.util.Set.of()),
                            CONFIGURATION)
                        .chunks()));
    assertThat(manifest.version()).isEqualTo(1);
  }

  @Test
  void badRecordsAreCountedAndExplained() throws IOException {
    Path truncated = inputs.folder().resolve("images/train/cut.png");
    byte[] picture = Files.readAllBytes(inputs.folder().resolve("images/train/00000000.png"));
    Files.write(truncated, java.util.Arrays.copyOf(picture, picture.length / 2));
    int[] number = {0};
    Path records =
        inputs.changedRecords(
            "bad.jsonl",
            record ->
                switch (number[0]++) {
                  case 3 -> record.put("image", "gone.png");
                  case 4 -> record.put("image", "cut.png");
                  case 5 -> record.putNull("conversations");
                  case 6 -> {
                    ((ObjectNode) record.get("conversations").get(0)).put("from", "gpt");
                    yield record;
                  }
                  case 7 -> record.putNull("image");
                  case 40 -> record.put("image", "gone-too.png");
                  default -> record;
                });
    Files.writeString(
        records,
        Files.readString(records) + "{\"broken\n",
        java.nio.charset.StandardCharsets.UTF_8);
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", records.toString());

    ShardManifest manifest = prepare(config, output.resolve("out"), TestInputs.options(10, 3, 0.2));

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(PICTURES - 6);
    assertThat(manifest.rejected()).isEqualTo(7);
    Map<RejectReason, Long> counts =
        manifest.rejects().stream()
            .collect(
                java.util.stream.Collectors.toMap(RejectSummary::reason, RejectSummary::count));
    assertThat(counts)
        .isEqualTo(
            Map.of(
                RejectReason.RECORD_UNREADABLE, 1L,
                RejectReason.MESSAGES_MISSING, 1L,
                RejectReason.ROLE_UNEXPECTED, 1L,
                RejectReason.PLACEHOLDER_MISMATCH, 1L,
                RejectReason.IMAGE_MISSING, 2L,
                RejectReason.IMAGE_TRUNCATED, 1L));
    List<String> rejects = Files.readAllLines(output.resolve("out/rejects/train-00000.jsonl"));
    assertThat(rejects).hasSize(5);
    JsonNode first = TestInputs.MAPPER.readTree(rejects.get(0));
    assertThat(first.get("source").asText()).isEqualTo(records.toString());
    assertThat(first.get("record").asInt()).isEqualTo(3);
    assertThat(first.get("reason").asText()).isEqualTo("image_missing");
    assertThat(first.get("detail").asText()).contains("gone.png");
    assertThat(PrepareReport.text(manifest, "out"))
        .contains("rejected: 7 records")
        .contains("  2 image_missing: a picture file does not exist")
        .contains("    record 40 of " + records + ": ")
        .contains("data set: out");
  }

  @Test
  void tooManyRejectsFailAndPublishNothing() throws IOException {
    Path records = inputs.changedRecords("gone.jsonl", record -> record.put("image", "gone.png"));
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", inputs.records() + "," + records);

    assertThatThrownBy(
            () -> prepare(config, output.resolve("out"), TestInputs.options(50, 2, 0.49)))
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.SOURCE))
        .hasMessageMatching("(?s)Cannot prepare: 60 of 120 records .*were rejected.*")
        .hasMessageContaining("at most 49.00 % are allowed")
        .hasMessageContaining("60 image_missing")
        .hasMessageContaining("record 2 of " + records);
    assertThat(outputs()).isEmpty();

    TestInputs.basic(config).put("dataset", records.toString());
    assertThatThrownBy(() -> prepare(config, output.resolve("out"), TestInputs.options(50, 2, 1)))
        .hasMessageContaining("no record is left to train on");
    assertThat(outputs()).isEmpty();
  }

  @Test
  void picturesAreEmbeddedByOption() throws IOException {
    PrepareSettings.Options options =
        new PrepareSettings.Options(
            256, PrepareSettings.Sharding.DEFAULT, true, 0, Placeholders.DEFAULT);
    prepare(inputs.config(), output.resolve("out"), options);
    try (ShardReader reader = open(output.resolve("out"), Split.TRAIN)) {
      assertThat(reader.read(7).images().get(0).bytes())
          .hasValue(Files.readAllBytes(inputs.folder().resolve("images/train/00000007.png")));
    }
  }

  @Test
  void limitsKeepTheFirstRecords() throws IOException {
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("max_samples", 13);
    TestInputs.basic(config).put("val_dataset", inputs.records().toString());
    TestInputs.basic(config).put("val_max_samples", 4);
    ShardManifest manifest = prepare(config, output.resolve("out"), TestInputs.options(5, 2, 0));
    assertThat(manifest.shards(Split.TRAIN))
        .extracting(ShardInfo::rows)
        .containsExactly(5L, 5L, 3L);
    assertThat(manifest.shards(Split.VAL)).extracting(ShardInfo::rows).containsExactly(4L);

    TestInputs.basic(config).put("max_samples", PICTURES + 1);
    assertThatThrownBy(() -> prepare(config, output.resolve("x"), TestInputs.options(5, 2, 0)))
        .hasMessageContaining("max_samples is 61, but there are 60 records");
  }

  @Test
  void aRandomShareBecomesTheValidationSplit() throws IOException {
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("val_rate", 0.21);
    Path gaps =
        inputs.changedRecords(
            "one-gone.jsonl",
            record ->
                record.get("id").asText().endsWith("5") ? record.put("image", "gone") : record);
    TestInputs.basic(config).put("dataset", gaps.toString());
    Map<String, String> first = Map.of();
    for (int partitions : new int[] {1, 4}) {
      Path target = output.resolve("out" + partitions);
      ShardManifest manifest = prepare(config, target, TestInputs.options(8, partitions, 0.1));
      Map<String, String> tree = TestShards.tree(target);
      first = first.isEmpty() ? tree : first;
      assertThat(tree).isEqualTo(first).containsKey("rejects/train-00000.jsonl");
      assertThat(manifest.rows(Split.VAL)).isEqualTo(12);
      assertThat(manifest.rows(Split.TRAIN)).isEqualTo(42);
      assertThat(manifest.rejected()).isEqualTo(6);
    }
    List<Integer> kept =
        java.util.stream.IntStream.range(0, PICTURES).filter(i -> i % 10 != 5).boxed().toList();
    int[] order = io.sparkmm.data.order.NumpyPermutation.of(54, 0);
    try (ShardReader validation = open(output.resolve("out1"), Split.VAL);
        ShardReader train = open(output.resolve("out1"), Split.TRAIN)) {
      for (int i = 0; i < order.length; i++) {
        EncodedSample sample = i < 12 ? validation.read(i) : train.read(i - 12);
        assertThat(sample.id()).isEqualTo(gaps + "#" + kept.get(order[i]));
      }
    }
    assertThat(outputs()).containsExactly("out1", "out4");

    TestInputs.basic(config).put("val_rate", 0.999);
    assertThatThrownBy(() -> prepare(config, output.resolve("x"), TestInputs.options(8, 1, 0.1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot split 54 samples with val_rate = 0.999");
  }

  @Test
  void refusesAnOutputThatExists() throws IOException {
    assertThatThrownBy(() -> prepare(inputs.config(), output, PrepareSettings.Options.of(256)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(output + ": it exists already and is no data set");
    assertThat(outputs()).isEmpty();
  }

  @Test
  void refusesInputsThatDoNotFit() throws IOException {
    PrepareSettings.Options options = PrepareSettings.Options.of(256);
    Path target = output.resolve("out");

    ObjectNode column = inputs.config();
    TestInputs.attr(column).put("images", "pictures");
    assertThatThrownBy(() -> prepare(column, target, options))
        .hasMessageContaining("no record has the columns [pictures] that attr names");

    ObjectNode missing = inputs.config();
    TestInputs.basic(missing).put("dataset", folder.resolve("none.json").toString());
    assertThatThrownBy(() -> prepare(missing, target, options))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none.json");

    Path empty = Files.writeString(folder.resolve("empty.json"), "[]");
    ObjectNode nothing = inputs.config();
    TestInputs.basic(nothing).put("dataset", empty.toString());
    assertThatThrownBy(() -> prepare(nothing, target, options))
        .hasMessageContaining("there are no records");
    assertThat(outputs()).isEmpty();
  }

  @Test
  void listsAllUnsupportedSettingsAtOnce() {
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("template", "mistral").put("use_pmcc_data", true);
    TestInputs.attr(config).put("ranking", true).put("formatting", "openai");
    assertThatThrownBy(
            () -> prepare(config, output.resolve("out"), PrepareSettings.Options.of(256)))
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.SETTING))
        .hasMessageContaining("basic_parameters.template = mistral is not supported")
        .hasMessageContaining("basic_parameters.use_pmcc_data = true is not supported")
        .hasMessageContaining("attr.formatting = openai");
  }

  @Test
  void refusesImpossibleOptions() {
    assertThatThrownBy(() -> PrepareSettings.Options.of(0))
        .isInstanceOf(DataException.class)
        .hasMessage("Cannot prepare: --seq-length is 0, it has to be at least 1");
    assertThatThrownBy(() -> TestInputs.options(0, 1, 0))
        .hasMessageContaining("--records-per-shard is 0");
    assertThatThrownBy(() -> TestInputs.options(1, 0, 0)).hasMessageContaining("--partitions is 0");
    assertThatThrownBy(() -> TestInputs.options(1, 1, 1.1))
        .hasMessageContaining("--max-reject-rate is 1.1");
    assertThatThrownBy(() -> new PrepareSettings.Sharding(1, OptionalInt.empty(), Double.NaN))
        .hasMessageContaining("--max-reject-rate is NaN");
  }

  @Test
  void theVerbReportsByItsExitCode() throws IOException {
    TestSpark.local(2);
    Path config = Files.writeString(folder.resolve("data.json"), inputs.config().toString());
    String[] arguments = {
      "--mm-data",
      config.toString(),
      "--output",
      output.resolve("out").toString(),
      "--seq-length",
      "128",
      "--records-per-shard",
      "32"
    };
    assertThat(PrepareMain.run(arguments)).isZero();
    assertThat(PrepareMain.run(arguments)).isZero();
    arguments[5] = "127";
    assertThat(PrepareMain.run(arguments)).isEqualTo(1);
    assertThat(PrepareMain.run(new String[] {"--mm-data", config.toString()})).isEqualTo(2);
    Files.writeString(config, "{\"dataset_parm\": {}}");
    assertThat(PrepareMain.run(arguments)).isEqualTo(2);
  }
}
