package io.sparkmm.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsWriterTest {
  @TempDir private Path folder;

  @Test
  void aLineCanBeReadWhileTheFileIsOpen() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsWriter writer = new MetricsWriter(file)) {
      writer.iteration(IterationLineTest.record(1, 250, Map.of("loss", 0.1), false));

      assertThat(Files.readString(file))
          .isEqualTo(
              "{\"iteration\":1,\"consumed_samples\":32,\"learning_rate\":1.0E-5,"
                  + "\"global_batch_size\":32,\"loss\":0.1,\"loss_scale\":1.0,"
                  + "\"grad_norm\":0.1234,\"tokens\":1280,\"target_tokens\":640,"
                  + "\"skipped\":false,\"nan\":false,\"elapsed_ms\":250.0,"
                  + "\"samples_per_second\":128.0,\"tokens_per_second\":5120.0,"
                  + "\"split_ms\":{\"data\":1.0,\"gather\":2.0,\"forward\":3.0,\"exchange\":4.0,"
                  + "\"backward\":5.0,\"reduce\":6.0,\"optimizer\":7.0}}\n");
    }
  }

  @Test
  void timesStandUnderKeysThatSaySo() {
    Map<String, Double> log = new LinkedHashMap<>();
    log.put("tokens per sample", 40.0);
    log.put("loss", 0.5);

    JsonNode slow = MetricsWriter.toJson(IterationLineTest.record(1, 500, log, false));
    JsonNode fast = MetricsWriter.toJson(IterationLineTest.record(1, 50, log, false));

    assertThat(slow.get("tokens_per_second").doubleValue()).isEqualTo(2560.0);
    slow.fieldNames()
        .forEachRemaining(
            key -> {
              if (!key.endsWith("_ms") && !key.endsWith("per_second")) {
                assertThat(slow.get(key)).as(key).isEqualTo(fast.get(key));
              }
            });
  }

  @Test
  void writesWhatJsonHasNoNumberForAsText() throws IOException {
    JsonNode json =
        MetricsWriter.toJson(IterationLineTest.record(1, 1, Map.of("loss", Double.NaN), false));

    assertThat(new ObjectMapper().readTree(json.toString()).get("loss").textValue())
        .isEqualTo("NaN");
  }

  @Test
  void refusesALossNameThatIsTaken() {
    assertThatThrownBy(
            () ->
                MetricsWriter.toJson(
                    IterationLineTest.record(1, 1, Map.of("consumed samples", 1.0), false)))
        .hasMessage("Cannot write metric consumed_samples: the name is taken");
  }

  @Test
  void goesOnWithAFileAndForgetsWhatComesAgain() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsWriter writer = new MetricsWriter(file)) {
      for (int iteration = 1; iteration <= 4; iteration++) {
        writer.iteration(IterationLineTest.record(iteration, 5, Map.of("loss", 1.0), false));
      }
      writer.validation(new ValidationRecord(4, 128, Map.of("lm loss", 2.5)));
    }
    Files.writeString(file, "{\"iteration\":5,\"cons", StandardOpenOption.APPEND);

    try (MetricsWriter writer = new MetricsWriter(file)) {
      assertThat(writer.lastIteration()).isEqualTo(4);
      writer.rewind(2);
      writer.iteration(IterationLineTest.record(3, 5, Map.of("loss", 0.5), false));
      writer.validation(new ValidationRecord(3, 96, Map.of("lm loss", 1.5)));
    }

    assertThat(Files.readAllLines(file))
        .extracting(
            line -> {
              JsonNode values = new ObjectMapper().readTree(line);
              return values.get("iteration") + " " + values.get("loss");
            })
        .containsExactly("1 1.0", "2 1.0", "3 0.5", "3 null");
    assertThat(Files.readAllLines(file).get(3))
        .isEqualTo("{\"iteration\":3,\"consumed_samples\":96,\"validation\":{\"lm_loss\":1.5}}");
  }

  @Test
  void leavesNoFileWhereNothingWasWritten() {
    Path file = folder.resolve("metrics.jsonl");
    new MetricsWriter(file).close();

    assertThat(file).doesNotExist();
  }

  @Test
  void namesAFileThatCannotBeWritten() {
    Path file = folder.resolve("missing/metrics.jsonl");

    try (MetricsWriter writer = new MetricsWriter(file)) {
      assertThatThrownBy(
              () -> writer.iteration(IterationLineTest.record(1, 5, Map.of("loss", 1.0), false)))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("Cannot write to metrics file " + file);
    }
  }
}
