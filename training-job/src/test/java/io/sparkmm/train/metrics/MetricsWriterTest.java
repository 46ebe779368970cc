package io.sparkmm.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
      writer.write(IterationLineTest.record(1, 250, Map.of("loss", 0.1), false));

      assertThat(Files.readString(file))
          .isEqualTo(
              "{\"iteration\":1,\"consumed_samples\":32,\"learning_rate\":1.0E-5,"
                  + "\"global_batch_size\":32,\"loss\":0.1,\"loss_scale\":1.0,"
                  + "\"grad_norm\":0.1234,\"skipped\":false,\"elapsed_ms\":250.0,"
                  + "\"samples_per_second\":128.0}\n");
    }
  }

  @Test
  void timesStandUnderKeysThatSaySo() {
    Map<String, Double> log = new LinkedHashMap<>();
    log.put("tokens per sample", 40.0);
    log.put("loss", 0.5);

    JsonNode slow = MetricsWriter.toJson(IterationLineTest.record(1, 500, log, false));
    JsonNode fast = MetricsWriter.toJson(IterationLineTest.record(1, 50, log, false));

    assertThat(slow.get("tokens_per_second").doubleValue()).isEqualTo(40.0 * 64);
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
  void refusesToOverwriteAFile() throws IOException {
    Path file = Files.createFile(folder.resolve("metrics.jsonl"));

    assertThatThrownBy(() -> new MetricsWriter(file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("Cannot create metrics file " + file);
  }
}
