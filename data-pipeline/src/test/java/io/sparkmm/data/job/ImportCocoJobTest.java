package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.coco.BoxStyle;
import io.sparkmm.data.coco.CocoTexts;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ImportCocoJobTest {
  private static final String PICTURES =
      "\"images\": ["
          + "{\"id\": 9, \"file_name\": \"9.jpg\", \"width\": 200, \"height\": 100},"
          + "{\"id\": 3, \"file_name\": \"3.jpg\", \"width\": 50, \"height\": 50},"
          + "{\"id\": 5, \"file_name\": \"gone.jpg\", \"width\": 50, \"height\": 50},"
          + "{\"id\": 7, \"file_name\": \"7.jpg\", \"width\": 50, \"height\": 50}]";
  private static final String CATEGORIES =
      "\"categories\": [{\"id\": 18, \"name\": \"dog\"}, {\"id\": 1, \"name\": \"person\"}]";

  @TempDir private Path folder;
  private Path output;

  @BeforeEach
  void preparePictures() throws IOException {
    Files.createDirectories(folder.resolve("coco/train2017"));
    for (String name : List.of("9.jpg", "3.jpg", "7.jpg")) {
      Files.writeString(folder.resolve("coco/train2017").resolve(name), "not looked into");
    }
    output = folder.resolve("made/coco.json");
  }

  private static CocoTexts texts(BoxStyle boxes) {
    return new CocoTexts("Caption?", true, "Objects?", boxes, false);
  }

  private ImportCocoJob.Report convert(
      String captions, String instances, CocoTexts texts, int partitions) throws IOException {
    return ImportCocoJob.run(
        TestSpark.local(2),
        new ImportCocoSettings(
            new ImportCocoSettings.Sources(
                write("captions.json", captions),
                write("instances.json", instances),
                folder.resolve("coco").toString(),
                "train2017"),
            texts,
            output.toString(),
            OptionalInt.of(partitions)));
  }

  private Optional<String> write(String name, String text) throws IOException {
    return text.isEmpty()
        ? Optional.empty()
        : Optional.of(Files.writeString(folder.resolve(name), text).toString());
  }

  private List<String> records() throws IOException {
    List<String> records = new ArrayList<>();
    for (JsonNode record : TestInputs.MAPPER.readTree(output.toFile())) {
      JsonNode messages = record.get("messages");
      records.add(
          record.get("images").get(0).asText()
              + " "
              + messages.get(0).get("content").asText()
              + " "
              + messages.get(1).get("content").asText());
    }
    return records;
  }

  private static Map<RejectReason, Long> counts(ImportCocoJob.Report report) {
    Map<RejectReason, Long> counts = new TreeMap<>();
    report.records().dropped().forEach(one -> counts.put(one.reason(), one.count()));
    return counts;
  }

  private static final String CAPTIONS =
      "{\"info\": {\"annotations\": [1]}, "
          + PICTURES
          + ", \"annotations\": ["
          + "{\"image_id\": 9, \"id\": 1, \"caption\": \" A dog\\n runs. \"},"
          + "{\"image_id\": 3, \"id\": 2, \"caption\": \"Grün 世界 😀\"},"
          + "{\"image_id\": 9, \"id\": 3, \"caption\": \"Second.\"},"
          + "{\"image_id\": 4, \"id\": 4, \"caption\": \"of nothing\"},"
          + "{\"image_id\": 5, \"id\": 5, \"caption\": \"no file\"},"
          + "{\"image_id\": 9, \"id\": 6, \"caption\": \"  \"},"
          + "{\"image_id\": 9, \"id\": 7}]}";

  private static final String INSTANCES =
      "{"
          + CATEGORIES
          + ", \"annotations\": ["
          + "{\"image_id\": 9, \"category_id\": 18, \"bbox\": [100.0, 10, 100.5, 90], \"iscrowd\": 0,"
          + " \"segmentation\": [[1, 2, 3, 4]]},"
          + "{\"image_id\": 9, \"category_id\": 1, \"bbox\": [20, 0, 10, 10], \"iscrowd\": 0},"
          + "{\"image_id\": 9, \"category_id\": 1, \"bbox\": [0, 50, 10, 10], \"iscrowd\": 0},"
          + "{\"image_id\": 9, \"category_id\": 1, \"bbox\": [0, 0, 200, 100], \"iscrowd\": 1,"
          + " \"segmentation\": {\"counts\": [1, 2], \"size\": [100, 200]}},"
          + "{\"image_id\": 9, \"category_id\": 2, \"bbox\": [0, 0, 1, 1]},"
          + "{\"image_id\": 9, \"category_id\": 1, \"bbox\": [0, 0, 0, 1]},"
          + "{\"image_id\": 77, \"category_id\": 1, \"bbox\": [0, 0, 1, 1]},"
          + "[]], "
          + PICTURES
          + "}";

  @Test
  void captionsBecomeOneRecordEach() throws IOException {
    ImportCocoJob.Report report = convert(CAPTIONS, "", texts(BoxStyle.NONE), 2);

    assertThat(records())
        .containsExactly(
            "./train2017/3.jpg <image>\nCaption? Grün 世界 😀",
            "./train2017/9.jpg <image>\nCaption? A dog runs.",
            "./train2017/9.jpg <image>\nCaption? Second.");
    assertThat(report.barePictures()).isEqualTo(1);
    assertThat(counts(report))
        .isEqualTo(
            Map.of(
                RejectReason.IMAGE_MISSING, 1L,
                RejectReason.ANNOTATION_DANGLING, 1L,
                RejectReason.ANNOTATION_INVALID, 2L));
    RejectSummary dangling =
        report.records().dropped().stream()
            .filter(one -> one.reason() == RejectReason.ANNOTATION_DANGLING)
            .findFirst()
            .orElseThrow();
    assertThat(dangling.examples().get(0).message())
        .isEqualTo(
            "Cannot use record 3 of "
                + folder.resolve("captions.json")
                + ": an annotation belongs to a picture that is not listed: image_id 4");
  }

  @Test
  void theFirstCaptionAlone() throws IOException {
    convert(CAPTIONS, "", new CocoTexts("C", false, "O", BoxStyle.NONE, false), 1);
    assertThat(records())
        .containsExactly(
            "./train2017/3.jpg <image>\nC Grün 世界 😀", "./train2017/9.jpg <image>\nC A dog runs.");
  }

  @Test
  void objectsAreNamedInEachStyle() throws IOException {
    Map<BoxStyle, String> answers =
        Map.of(
            BoxStyle.QWEN2VL,
            "<|object_ref_start|>person<|object_ref_end|>"
                + "<|box_start|>(0,500),(50,600)<|box_end|><|box_start|>(100,0),(150,100)<|box_end|>\n"
                + "<|object_ref_start|>dog<|object_ref_end|><|box_start|>(500,100),(999,999)<|box_end|>",
            BoxStyle.RELATIVE,
            "[{\"bbox_2d\": [0, 500, 50, 600], \"label\": \"person\"},"
                + " {\"bbox_2d\": [100, 0, 150, 100], \"label\": \"person\"},"
                + " {\"bbox_2d\": [500, 100, 999, 999], \"label\": \"dog\"}]",
            BoxStyle.PIXELS,
            "[{\"bbox_2d\": [0, 50, 10, 60], \"label\": \"person\"},"
                + " {\"bbox_2d\": [20, 0, 30, 10], \"label\": \"person\"},"
                + " {\"bbox_2d\": [100, 10, 201, 100], \"label\": \"dog\"}]",
            BoxStyle.NONE,
            "person: 2\ndog: 1");
    for (BoxStyle style : BoxStyle.values()) {
      ImportCocoJob.Report report = convert("", INSTANCES, texts(style), 1);
      assertThat(records())
          .as(style.word())
          .containsExactly("./train2017/9.jpg <image>\nObjects? " + answers.get(style));
      assertThat(report.barePictures()).isEqualTo(3);
      assertThat(counts(report))
          .isEqualTo(
              Map.of(RejectReason.ANNOTATION_DANGLING, 1L, RejectReason.ANNOTATION_INVALID, 3L));
      Files.delete(output);
    }
    convert("", INSTANCES, new CocoTexts("C", true, "O", BoxStyle.NONE, true), 1);
    assertThat(records())
        .containsExactly("./train2017/9.jpg <image>\nO person: 2\ncrowd of person: 1\ndog: 1");
  }

  @Test
  void bothFilesTogetherAndTheWayOfReadingChangesNothing() throws IOException {
    ImportCocoJob.Report once = convert(CAPTIONS, INSTANCES, texts(BoxStyle.NONE), 1);
    byte[] bytes = Files.readAllBytes(output);
    Files.delete(output);
    ImportCocoJob.Report again = convert(CAPTIONS, INSTANCES, texts(BoxStyle.NONE), 7);

    assertThat(Files.readAllBytes(output)).isEqualTo(bytes);
    assertThat(again).isEqualTo(once);
    assertThat(records())
        .containsExactly(
            "./train2017/3.jpg <image>\nCaption? Grün 世界 😀",
            "./train2017/9.jpg <image>\nCaption? A dog runs.",
            "./train2017/9.jpg <image>\nCaption? Second.",
            "./train2017/9.jpg <image>\nObjects? person: 2\ndog: 1");
  }

  @Test
  void saysWhatIsWrongWithAFile() {
    assertThatThrownBy(() -> convert("[1]", "", texts(BoxStyle.NONE), 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it has to be one object");
    assertThatThrownBy(() -> convert("{\"images\": []}", "", texts(BoxStyle.NONE), 1))
        .hasMessageContaining("it has no lists named [annotations]");
    assertThatThrownBy(
            () -> convert("{" + PICTURES + ", \"annotations\": [{]}", "", texts(BoxStyle.NONE), 1))
        .hasMessageContaining("closes what was not opened");
    assertThatThrownBy(
            () -> convert("{" + PICTURES + ", \"annotations\": [{}", "", texts(BoxStyle.NONE), 1))
        .hasMessageContaining("before the object does");
    assertThatThrownBy(
            () ->
                convert(
                    "{" + PICTURES + "," + PICTURES + ", \"annotations\": []}",
                    "",
                    texts(BoxStyle.NONE),
                    1))
        .hasMessageContaining("there is a second list images");
    assertThatThrownBy(() -> convert("", "", texts(BoxStyle.NONE), 1))
        .hasMessageContaining("name a file with --captions, --instances or both");
    assertThat(output.getParent())
        .satisfiesAnyOf(
            parent -> assertThat(parent).doesNotExist(),
            parent -> assertThat(parent).isEmptyDirectory());
  }

  @Test
  void aFileNameCannotLeaveTheFolder() throws IOException {
    ImportCocoJob.Report report =
        convert(
            "{\"images\": [{\"id\": 1, \"file_name\": \"../train2017/9.jpg\"}], \"annotations\":"
                + " [{\"image_id\": 1, \"caption\": \"c\"}]}",
            "",
            texts(BoxStyle.NONE),
            1);
    assertThat(counts(report)).isEqualTo(Map.of(RejectReason.IMAGE_FORBIDDEN, 1L));
    assertThat(report.records().kept()).isZero();
  }

  @Test
  void theDrawnSetCanBePreparedAtOnce() throws IOException {
    TestInputs inputs = TestInputs.draw(folder, 20);
    Path captions;
    try (var files = Files.walk(inputs.folder())) {
      captions =
          files
              .filter(file -> file.getFileName().toString().contains("instances"))
              .sorted()
              .findFirst()
              .orElseThrow();
    }
    ImportCocoJob.Report report =
        ImportCocoJob.run(
            TestSpark.local(2),
            new ImportCocoSettings(
                new ImportCocoSettings.Sources(
                    Optional.empty(),
                    Optional.of(captions.toString()),
                    inputs.folder().resolve("images").toString(),
                    "train"),
                texts(BoxStyle.NONE),
                output.toString(),
                OptionalInt.empty()));
    assertThat(report.records().dropped()).isEmpty();
    assertThat(report.records().kept()).isEqualTo(20);

    ObjectNode config =
        TestInputs.config(
            inputs.folder().resolve("model"), output, inputs.folder().resolve("images"));
    TestInputs.attr(config)
        .put("messages", "messages")
        .put("images", "images")
        .put("role_tag", "role")
        .put("content_tag", "content")
        .put("user_tag", "user")
        .put("assistant_tag", "assistant");
    ShardManifest manifest =
        PrepareJob.run(
            TestSpark.local(2),
            TestInputs.settings(config, folder.resolve("shards"), TestInputs.options(100, 1, 0.0)));
    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(20);
  }

  @Test
  void readsTheSharedSet() throws IOException {
    Path coco = TestFiles.sharedData().resolve("coco128");
    Path instances = coco.resolve("annotations/instances_train2017.json");
    ImportCocoJob.Report report =
        ImportCocoJob.run(
            TestSpark.local(2),
            new ImportCocoSettings(
                new ImportCocoSettings.Sources(
                    Optional.empty(),
                    Optional.of(instances.toString()),
                    coco.toString(),
                    "train2017"),
                texts(BoxStyle.QWEN2VL),
                output.toString(),
                OptionalInt.empty()));
    int pictures = TestInputs.MAPPER.readTree(instances.toFile()).get("images").size();
    assertThat(report.records().kept() + report.barePictures()).isEqualTo(pictures);
    assertThat(report.records().dropped()).isEmpty();
  }

  @Test
  void theVerbReportsByItsExitCode() throws IOException {
    TestSpark.local(2);
    String[] arguments = {
      "--captions", write("captions.json", CAPTIONS).orElseThrow(),
      "--coco_path", folder.resolve("coco").toString(),
      "--output_json_path", output.toString()
    };
    assertThat(ImportCocoMain.run(arguments)).isZero();
    assertThat(ImportCocoMain.run(arguments)).isEqualTo(1);
    assertThat(ImportCocoMain.run(new String[] {"--boxes", "round"})).isEqualTo(2);
    assertThat(ImportCocoMain.run(new String[] {})).isEqualTo(2);
  }
}
