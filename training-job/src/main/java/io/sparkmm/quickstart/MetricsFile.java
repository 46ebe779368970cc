package io.sparkmm.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads series of numbers back from a run's metrics file (JSON lines). */
final class MetricsFile {
  private final List<JsonNode> lines = new ArrayList<>();

  MetricsFile(Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank()) {
        lines.add(mapper.readTree(line));
      }
    }
  }

  /** The values of a key by iteration; lines without the key are left out. */
  List<LineChart.Point> series(String key) {
    return lines.stream()
        .filter(line -> line.hasNonNull(key) && line.hasNonNull("iteration"))
        .map(
            line -> new LineChart.Point(line.get("iteration").asDouble(), line.get(key).asDouble()))
        .toList();
  }
}
