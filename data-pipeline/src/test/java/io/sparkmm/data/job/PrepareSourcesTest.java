package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sources of many kinds, and hostile ones, through a whole preparation. */
@Tag("slow")
class PrepareSourcesTest {
  private static final String PICTURE = "00000000.png";

  @TempDir private Path folder;
  private TestInputs inputs;
  private Path media;

  @BeforeEach
  void draw() {
    inputs = TestInputs.draw(folder, 2);
    media = inputs.folder().resolve("images/train");
  }

  private ObjectNode config(Path... files) {
    ObjectNode config = TestInputs.config(inputs.folder().resolve("model"), Path.of("x"), media);
    TestInputs.basic(config)
        .put("dataset", String.join(",", Stream.of(files).map(Path::toString).toList()));
    TestInputs.attr(config).put("images", "images");
    return config;
  }

  private ShardManifest prepare(ObjectNode config) {
    PrepareSettings.Options options =
        new PrepareSettings.Options(
            256,
            new PrepareSettings.Sharding(4, java.util.OptionalInt.of(2), 1.0),
            true,
            0,
            io.sparkmm.data.encode.Placeholders.DEFAULT);
    return PrepareJob.run(
        TestSpark.local(2), TestInputs.settings(config, folder.resolve("out"), options));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static String record(String images, String question) {
    return "{\"images\":"
        + images
        + ",\"conversations\":[{\"from\":\"human\",\"value\":\""
        + question
        + "\"},{\"from\":\"gpt\",\"value\":\"Yes.\"}]}";
  }

  private static Map<RejectReason, Long> counts(ShardManifest manifest) {
    Map<RejectReason, Long> counts = new TreeMap<>();
    manifest.rejects().forEach(one -> counts.put(one.reason(), one.count()));
    return counts;
  }

  @Test
  void filesOfDifferentLayoutsAreOneSet() throws IOException {
    Path array =
        write(
            "array.json",
            "[" + record("[\"" + PICTURE + "\"]", "<image>?") + ", " + record("[]", "?") + "]");
    Path lines =
        write(
            "lines.jsonl", record("null", "a") + "\n\n" + record("\"" + PICTURE + "\"", "<image>"));
    Path textOnly =
        write(
            "text.jsonl",
            "{\"conversations\":[{\"from\":\"human\",\"value\":\"Hi\"},{\"from\":\"gpt\",\"value\":"
                + "\"Yo\"}]}");

    ShardManifest manifest = prepare(config(array, lines, textOnly));

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(5);
    assertThat(manifest.rejected()).isZero();
  }

  @Test
  void recordsWithVideosAreCountedAndTheOthersAreUsed() throws IOException {
    String video = record("[]", "<video>?");
    Path mixed =
        write(
            "mixed.jsonl",
            String.join(
                "\n",
                record("[\"" + PICTURE + "\"]", "<image>?").replaceFirst("\\{", "{\"videos\":[],"),
                video.replaceFirst("\\{", "{\"videos\":[\"a.mp4\"],"),
                video.replaceFirst("\\{", "{\"videos\":null,\"audios\":\"a.wav\","),
                record("[]", "plain")));
    ObjectNode config = config(mixed);
    TestInputs.attr(config).put("videos", "videos").put("audios", "audios");

    ShardManifest manifest = prepare(config);

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(2);
    assertThat(counts(manifest))
        .isEqualTo(
            Map.of(RejectReason.VIDEOS_UNSUPPORTED, 1L, RejectReason.AUDIOS_UNSUPPORTED, 1L));
    assertThat(manifest.rejects().get(0).examples().get(0).message())
        .contains("record 1 of " + mixed)
        .contains("the record has videos, and they cannot be decoded yet");
  }

  @Test
  void hostilePicturePathsReadNothingAndEmbedNothing() throws IOException {
    Path secret = write("secret.txt", "the secret words");
    Files.createSymbolicLink(media.resolve("link.png"), media.resolve(PICTURE));
    Files.createSymbolicLink(media.resolve("leak.png"), secret);
    List<String> forbidden =
        List.of(
            "../../secret.txt",
            "../../../../../../../../etc/passwd",
            "x/../../train/" + PICTURE,
            "http://127.0.0.1:1/a.png",
            "hdfs://127.0.0.1:1/a.png",
            secret.toUri().toString(),
            "//127.0.0.1/a.png",
            "a:b.png",
            "nul\\u0000.png");
    List<String> records = new ArrayList<>();
    for (String path : forbidden) {
      records.add(record("[\"" + path + "\"]", "<image>?"));
    }
    // Absolute paths are read as in the reference, but what is no picture is never embedded.
    records.add(record("[\"" + secret + "\"]", "<image>?"));
    records.add(record("[\"leak.png\"]", "<image>?"));
    records.add(record("[\"none/of/it.png\"]", "<image>?"));
    records.add(record("[\"\"]", "<image>?"));
    records.add(record("[\".\"]", "<image>?"));
    records.add(record("[\"link.png\"]", "<image>?"));
    records.add(record("[\"" + media.resolve(PICTURE) + "\"]", "<image>?"));

    ShardManifest manifest =
        prepare(config(write("hostile.json", "[" + String.join(",", records) + "]")));

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(2);
    Map<RejectReason, Long> counts = counts(manifest);
    assertThat(counts).containsEntry(RejectReason.IMAGE_FORBIDDEN, (long) forbidden.size());
    assertThat(counts).containsEntry(RejectReason.IMAGE_NOT_IMAGE, 2L);
    assertThat(counts).containsEntry(RejectReason.IMAGE_MISSING, 2L);
    assertThat(manifest.rejected()).isEqualTo(forbidden.size() + 5L);
    try (Stream<Path> files = Files.walk(folder.resolve("out"))) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain("the secret words");
      }
    }
  }

  @Test
  void badRecordsOfAnArrayAreRejectedOneByOne() throws IOException {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);
    Path array =
        write(
            "bad.json",
            "["
                + String.join(
                    ",",
                    record("[]", "good"),
                    "{\"conversations\": tru}",
                    deep,
                    "17",
                    record("[]", "half \\ud83d"),
                    "{\"conversations\":" + "1".repeat(100_000) + "}",
                    record("[]", "x\u0001y"),
                    record("[]", "good"))
                + "]");

    ShardManifest manifest = prepare(config(array));

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(2);
    assertThat(counts(manifest))
        .isEqualTo(
            Map.of(
                RejectReason.RECORD_UNREADABLE, 4L,
                RejectReason.RECORD_NOT_OBJECT, 1L,
                RejectReason.INVALID_TEXT, 1L));
  }

  @Test
  void aCutFileLeavesNothingBehind() throws IOException {
    Path cut =
        write("cut.json", "[" + record("[]", "good") + "," + record("[]", "cut").substring(9));
    assertThatThrownBy(() -> prepare(config(cut)))
        .hasMessageContaining("Cannot read " + cut)
        .hasMessageContaining("no valid JSON array");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void alpacaRecordsArePrepared() throws IOException {
    Path alpaca =
        write(
            "alpaca.json",
            "[{\"instruction\": \"Add.\", \"input\": \"1+2\", \"output\": \"3\"},"
                + " {\"instruction\": \"Say <image>\", \"input\": \"\", \"output\": \"x\","
                + " \"images\": \""
                + PICTURE
                + "\"}, {\"instruction\": \"a\", \"input\": null, \"output\": null}]");
    ObjectNode config = config(alpaca);
    TestInputs.attr(config)
        .put("formatting", "alpaca")
        .put("prompt", "instruction")
        .put("query", "input")
        .put("response", "output");

    ShardManifest manifest = prepare(config);

    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(2);
    assertThat(counts(manifest)).isEqualTo(Map.of(RejectReason.ANSWER_MISSING, 1L));
  }
}
