package io.sparkmm.train.metrics.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileWriterTest {
  /** Made by make_tfevents.py with TensorBoard's own classes. */
  private static final Path GOLDEN = Path.of("src/test/golden/tensorboard/events.tfevents");

  @TempDir private Path folder;

  @Test
  void writesTheBytesThatTensorBoardItselfWrites() throws IOException {
    Path file = folder.resolve("events.tfevents");
    double[] now = {1700000000.25};
    try (EventFileWriter writer = new EventFileWriter(file, () -> now[0]++)) {
      writer.purgeFrom(300);
      Map<String, Double> values = new LinkedHashMap<>();
      values.put("loss", 2.5);
      values.put("tokens per sample", 41.0);
      writer.scalars(300, values);
      values.clear();
      values.put("loss", Double.NaN);
      values.put("größe", -1e-7);
      writer.scalars(301, values);
      writer.scalars(302, Map.of());
      writer.scalars(123456789012L, Map.of("loss", Double.POSITIVE_INFINITY));
    }

    assertThat(file).hasSameBinaryContentAs(GOLDEN);
  }

  @Test
  void flushedNumbersCanBeReadWhileTheFileIsOpen() throws IOException {
    Path file = folder.resolve("events.tfevents");
    try (EventFileWriter writer = new EventFileWriter(file, () -> 1.0)) {
      writer.flush();
      long before = Files.size(file);
      writer.scalars(1, Map.of("loss", 1.0));
      writer.flush();

      assertThat(Files.size(file)).isGreaterThan(before);
    }
  }

  @Test
  void neverWritesIntoAFileThatIsThere() throws IOException {
    Path file = Files.createFile(folder.resolve("events.tfevents"));

    assertThatThrownBy(() -> new EventFileWriter(file, () -> 1.0))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith("Cannot create event file " + file);
  }
}
