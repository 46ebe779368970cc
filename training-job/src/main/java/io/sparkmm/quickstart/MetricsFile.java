package io.sparkmm.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.metrics.JsonLinesFile;
import io.sparkmm.train.report.LineChart;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads series of numbers back from a run's metrics file (JSON lines). */
final class MetricsFile {
  private final List<JsonNode> lines = new ArrayList<>();

  MetricsFile(Path file) {
    JsonLinesFile.read(file, lines::add);
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
