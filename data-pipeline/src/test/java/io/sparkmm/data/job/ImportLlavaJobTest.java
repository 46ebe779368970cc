package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ImportLlavaJobTest {
  private static final String TURNS =
      "\"conversations\":[{\"from\":\"human\",\"value\":\"<image>\\nWhat? \"},"
          + "{\"from\":\"gpt\",\"value\":\"Grün 世界 😀.\"}]";

  @TempDir private Path folder;
  private Path output;

  @BeforeEach
  void preparePictures() throws IOException {
    Files.createDirectories(folder.resolve("coco/train2017"));
    Files.writeString(folder.resolve("coco/train2017/a.jpg"), "not looked into");
    output = folder.resolve("made/of/mllm.json");
  }

  private ImportReport convert(String records, int partitions) throws IOException {
    Path input = Files.writeString(folder.resolve("llava.json"), records);
    return ImportLlavaJob.run(
        TestSpark.local(2),
        new ImportSettings(
            input.toString(),
            folder.resolve("coco").toString(),
            "train2017",
            output.toString(),
            OptionalInt.of(partitions)));
  }

  @Test
  void convertsRecordsAndDropsThoseWithoutPicture() throws IOException {
    ImportReport report =
        convert(
            "[{\"id\":\"1\",\"image\":\"a.jpg\","
                + TURNS
                + "},{\"image\":\"gone.jpg\","
                + TURNS
                + "},{\"image\":\"\",\"conversations\":[]},{\"image\":null,"
                + TURNS
                + "}]",
            2);

    assertThat(Files.readString(output))
        .isEqualTo(
            "[\n{\"images\":[\"./train2017/a.jpg\"],\"messages\":[{\"role\":\"user\",\"content\":"
                + "\"<image>\\nWhat? \"},{\"role\":\"assistant\",\"content\":\"Grün 世界 😀.\"}]},\n"
                + "{\"images\":[],\"messages\":[]},\n"
                + "{\"images\":[],\"messages\":[{\"role\":\"user\",\"content\":\"<image>\\nWhat? \"},"
                + "{\"role\":\"assistant\",\"content\":\"Grün 世界 😀.\"}]}\n]\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(output)))
        .isEqualTo("rw-------");
    assertThat(report.kept()).isEqualTo(3);
    assertThat(report.dropped()).hasSize(1);
    assertThat(report.dropped().get(0).reason()).isEqualTo(RejectReason.IMAGE_MISSING);
    assertThat(report.dropped().get(0).examples())
        .extracting(RejectedSample::record)
        .containsExactly(1L);
    try (Stream<Path> beside = Files.list(output.getParent())) {
      assertThat(beside).containsExactly(output);
    }
  }

  @Test
  void theWayOfReadingDoesNotChangeAByte() throws IOException {
    StringBuilder records = new StringBuilder("[");
    for (int i = 0; i < 9000; i++) {
      records.append(i == 0 ? "" : ", ").append("{\"n\":").append(i);
      records.append(i % 10 == 0 ? ",\"image\":\"gone\"," : ",\"image\":\"a.jpg\",");
      records.append(TURNS).append('}');
    }
    convert(records.append(']').toString(), 1);
    byte[] once = Files.readAllBytes(output);
    Files.delete(output);

    ImportReport report = convert(records.toString(), 3);

    assertThat(Files.readAllBytes(output)).isEqualTo(once);
    JsonNode array = TestInputs.MAPPER.readTree(once);
    assertThat(array).hasSize(8100);
    assertThat(report.kept()).isEqualTo(8100);
    assertThat(report.dropped().get(0).count()).isEqualTo(900);
  }

  @Test
  void anUnknownSpeakerStopsTheImport() {
    assertThatThrownBy(
            () -> convert("[{\"conversations\":[{\"from\":\"system\",\"value\":\"x\"}]}]", 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot use record 0 of")
        .hasMessageContaining("system");
    assertThat(output).doesNotExist();
    assertThat(output.getParent()).isEmptyDirectory();
  }

  @Test
  void missingConversationsAndHalfCharactersStopTheImport() {
    assertThatThrownBy(() -> convert("[{\"image\":\"a.jpg\"}]", 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("record 0");
    assertThatThrownBy(() -> convert("[" + recordSaying("\\ud800") + "]", 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot convert record 0");
    assertThatThrownBy(() -> convert("{\"conversations\"\n", 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot use record 0")
        .hasMessageContaining("cannot be read as JSON");
    assertThat(output.getParent()).isEmptyDirectory();
  }

  private static String recordSaying(String text) {
    return "{\"conversations\":[{\"from\":\"human\",\"value\":\"" + text + "\"}]}";
  }

  @Test
  void neverReplacesAFile() throws IOException {
    Files.createDirectories(output.getParent());
    Files.writeString(output, "mine");
    assertThatThrownBy(() -> convert("[]", 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it exists already");
    assertThat(output).hasContent("mine");
  }

  @Test
  void anEmptyArrayStaysOne() throws IOException {
    assertThat(convert("[]", 1).kept()).isZero();
    assertThat(TestInputs.MAPPER.readTree(output.toFile())).isEmpty();
  }

  @Test
  void theVerbReportsByItsExitCode() throws IOException {
    TestSpark.local(2);
    Path input = Files.writeString(folder.resolve("llava.json"), "[{" + TURNS + "}]");
    String[] arguments = {
      "--llava_json_path",
      input.toString(),
      "--coco_path",
      folder.toString(),
      "--output_json_path",
      output.toString()
    };
    assertThat(ImportLlavaMain.run(arguments)).isZero();
    assertThat(ImportLlavaMain.run(arguments)).isEqualTo(1);
    assertThat(ImportLlavaMain.run(new String[] {"--llava_json"})).isEqualTo(2);
  }
}
