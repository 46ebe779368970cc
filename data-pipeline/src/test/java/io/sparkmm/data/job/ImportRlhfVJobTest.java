package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import io.sparkmm.data.shard.TestShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("slow")
class ImportRlhfVJobTest {
  @TempDir private Path folder;

  private ImportReport convert(Path input, Path output, int partitions) {
    return ImportRlhfVJob.run(
        TestSpark.local(2),
        new ImportRlhfVSettings(
            input.toString(),
            folder.toString(),
            output.toString(),
            ImportRlhfVSettings.PICTURES,
            OptionalInt.of(partitions)));
  }

  private static SortedMap<String, String> pictures(Path output) throws Exception {
    SortedMap<String, String> sums = new TreeMap<>();
    try (Stream<Path> files = Files.list(output.resolve("images"))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        sums.put(file.getFileName().toString(), HexFormat.of().formatHex(sum));
      }
    }
    return sums;
  }

  @ParameterizedTest
  @CsvSource({"original, original.parquet", "conversations, conversations"})
  void bothShapesBecomeWhatTheRulesSay(String shape, String input) throws Exception {
    Path golden = TestFiles.golden("rlhfv");
    Path output = folder.resolve("made/of/it");

    ImportReport report = convert(golden.resolve(input), output, 3);

    assertThat(Files.readString(output.resolve("rlhf-v.json")))
        .isEqualTo(Files.readString(golden.resolve(shape + ".expected.json")));
    JsonNode expected =
        TestInputs.MAPPER.readTree(golden.resolve(shape + ".pictures.json").toFile());
    SortedMap<String, String> sums = pictures(output);
    assertThat(sums).hasSize(expected.size());
    sums.forEach((name, sum) -> assertThat(expected.path(name).asText()).isEqualTo(sum));
    assertThat(report.kept()).isEqualTo(expected.size());
    try (Stream<Path> beside = Files.list(output.getParent())) {
      assertThat(beside).containsExactly(output);
    }
  }

  @Test
  void rejectsNameTheRow() {
    ImportReport report =
        convert(TestFiles.golden("rlhfv").resolve("original.parquet"), folder.resolve("out"), 1);

    Map<RejectReason, Long> counts = new TreeMap<>();
    report.dropped().forEach(summary -> counts.put(summary.reason(), summary.count()));
    assertThat(counts)
        .isEqualTo(Map.of(RejectReason.COLUMN_INVALID, 6L, RejectReason.IMAGE_NOT_IMAGE, 1L));
    RejectSummary columns = report.dropped().get(0);
    assertThat(columns.examples())
        .extracting(reject -> reject.record() + ": " + reject.detail())
        .containsExactly(
            "4: text is no JSON: \"{not json\"",
            "5: text.rejected is missing",
            "6: image.bytes is null");
  }

  @Test
  void theWayOfReadingDoesNotChangeAByte() throws IOException {
    Path input = TestFiles.golden("rlhfv").resolve("conversations");
    convert(input, folder.resolve("one"), 1);
    convert(input, folder.resolve("many"), 7);

    assertThat(TestShards.tree(folder.resolve("many")))
        .isEqualTo(TestShards.tree(folder.resolve("one")))
        .hasSize(6);
  }

  @Test
  void jsonLinesNameTheirPictures() throws Exception {
    Path golden = TestFiles.golden("rlhfv");
    convert(golden.resolve("original.parquet"), folder.resolve("first"), 1);
    String text = "\"text\": {\"question\": \"q\", \"chosen\": \"c\", \"rejected\": \"r\"}}";
    Path lines =
        Files.writeString(
            folder.resolve("rows.jsonl"),
            String.join(
                "\n",
                "{\"image\": \"first/images/0001.jpg\", " + text,
                "{\"image\": \"first/images/none.jpg\", " + text,
                "{\"image\": \"../../etc/passwd\", " + text,
                "{\"image\": \"http://localhost/x.jpg\", " + text,
                "{\"image\": \"rows.jsonl\", " + text,
                "{broken",
                "{\"image\": \"first/images/0011.jpg\", " + text));

    ImportReport report = convert(lines, folder.resolve("second"), 2);

    JsonNode records = TestInputs.MAPPER.readTree(folder.resolve("second/rlhf-v.json").toFile());
    assertThat(records).hasSize(2);
    assertThat(records.get(1).toString())
        .isEqualTo(
            "{\"messages\":[{\"role\":\"user\",\"content\":\"<image>q\"}],\"chosen\":{\"role\":"
                + "\"assistant\",\"content\":\"c\"},\"rejected\":{\"role\":\"assistant\","
                + "\"content\":\"r\"},\"images\":[\"images/0006.jpg\"]}");
    assertThat(pictures(folder.resolve("second")).keySet()).containsExactly("0000.jpg", "0006.jpg");
    assertThat(folder.resolve("second/images/0006.jpg"))
        .hasSameBinaryContentAs(folder.resolve("first/images/0011.jpg"));
    assertThat(report.dropped())
        .extracting(RejectSummary::reason)
        .containsExactly(
            RejectReason.RECORD_UNREADABLE,
            RejectReason.IMAGE_FORBIDDEN,
            RejectReason.IMAGE_MISSING,
            RejectReason.IMAGE_NOT_IMAGE);
  }

  @Test
  void readsTheSharedSet() throws Exception {
    Path coco = TestFiles.sharedData().resolve("coco128");
    ImportReport report =
        ImportRlhfVJob.run(
            TestSpark.local(2),
            new ImportRlhfVSettings(
                coco.resolve("rlhfv_train2017.jsonl").toString(),
                coco.resolve("train2017").toString(),
                folder.resolve("out").toString(),
                ImportRlhfVSettings.PICTURES,
                OptionalInt.empty()));

    long rows = Files.lines(coco.resolve("rlhfv_train2017.jsonl")).count();
    assertThat(report.kept()).isEqualTo(rows);
    assertThat(report.dropped()).isEmpty();
    assertThat(pictures(folder.resolve("out"))).hasSize((int) rows);
  }

  @Test
  void whatWasImportedCanBePrepared() {
    Path output = folder.resolve("rlhf-v");
    ImportReport report = convert(TestFiles.golden("rlhfv").resolve("conversations"), output, 2);
    ObjectNode config =
        TestInputs.config(
            TestInputs.draw(folder, 1).folder().resolve("model"),
            output.resolve("rlhf-v.json"),
            output);
    TestInputs.attr(config)
        .put("ranking", true)
        .put("messages", "messages")
        .put("chosen", "chosen")
        .put("rejected", "rejected")
        .put("images", "images")
        .put("role_tag", "role")
        .put("content_tag", "content")
        .put("user_tag", "user")
        .put("assistant_tag", "assistant");

    ShardManifest manifest =
        PrepareJob.run(
            TestSpark.local(2),
            TestInputs.settings(config, folder.resolve("shards"), TestInputs.options(100, 1, 0.0)));

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(report.kept());
  }

  @Test
  void saysWhatIsWrongWithTheInput() throws IOException {
    Path output = folder.resolve("out/rlhf");
    Path text = Files.writeString(folder.resolve("x.parquet"), "no parquet");
    assertThatThrownBy(() -> convert(text, output, 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot read " + text + " as Parquet");
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertThatThrownBy(() -> convert(empty, output, 1))
        .hasMessageContaining("there are no .parquet, .jsonl or .json files");
    assertThatThrownBy(() -> convert(folder.resolve("none"), output, 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none");
    assertThat(output.getParent()).isEmptyDirectory();
    Files.createDirectories(output);
    assertThatThrownBy(() -> convert(text, output, 1)).hasMessageContaining("exists already");
  }

  @Test
  void theVerbReportsByItsExitCode() {
    TestSpark.local(2);
    List<String> arguments =
        List.of(
            "--input",
            TestFiles.golden("rlhfv").resolve("original.parquet").toString(),
            "--output",
            folder.resolve("out").toString());
    assertThat(ImportRlhfVMain.run(arguments.toArray(String[]::new))).isZero();
    assertThat(ImportRlhfVMain.run(arguments.toArray(String[]::new))).isEqualTo(1);
    assertThat(ImportRlhfVMain.run(new String[] {"--in"})).isEqualTo(2);
  }
}
