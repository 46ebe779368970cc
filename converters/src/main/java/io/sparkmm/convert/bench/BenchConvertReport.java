package io.sparkmm.convert.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures of the benchmark, for people and for programs. */
final class BenchConvertReport {

  private static final double GIGABYTE = 1e9;

  /** Names of the measurements that others are compared with. */
  static final String COPY = "copy";

  static final String CP = "cp";

  private static final class Run {
    final List<Double> seconds = new ArrayList<>();
    long bytes;
    long peakMebibytes;

    double best() {
      return seconds.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }
  }

  private final Map<String, Run> runs = new LinkedHashMap<>();
  private final String title;

  BenchConvertReport(String title) {
    this.title = title;
  }

  /** One round of a measurement. */
  void add(String name, JsonNode result) {
    add(name, result.path("seconds").asDouble(), result.path("bytes").asLong());
    Run run = runs.get(name);
    run.peakMebibytes = Math.max(run.peakMebibytes, result.path("peak_rss_mib").asLong());
  }

  /** One round of a measurement of which only the time is known. */
  void add(String name, double seconds, long bytes) {
    Run run = runs.computeIfAbsent(name, key -> new Run());
    run.seconds.add(seconds);
    run.bytes = bytes;
  }

  /** A rate relative to that of another measurement, from the best rounds. */
  private double ratio(Run run, String other) {
    Run base = runs.get(other);
    return base == null ? 0 : run.bytes / run.best() / (base.bytes / base.best());
  }

  String text() {
    StringBuilder text = new StringBuilder(title).append('\n');
    text.append(
        String.format(
            Locale.ROOT,
            "%-22s %9s %8s %8s %9s %9s  %s%n",
            "",
            "seconds",
            "GB",
            "GB/s",
            "of copy",
            "of cp",
            "peak MiB"));
    runs.forEach(
        (name, run) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "%-22s %9.2f %8.2f %8.3f %8.0f%% %8.0f%%  %s%n",
                    name,
                    run.best(),
                    run.bytes / GIGABYTE,
                    run.bytes / run.best() / GIGABYTE,
                    100 * ratio(run, COPY),
                    100 * ratio(run, CP),
                    run.peakMebibytes == 0 ? "-" : run.peakMebibytes)));
    return text.toString();
  }

  String json() throws JsonProcessingException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("title", title);
    root.put("processors", Runtime.getRuntime().availableProcessors());
    root.put("java", System.getProperty("java.version"));
    ObjectNode all = root.putObject("runs");
    runs.forEach(
        (name, run) -> {
          ObjectNode node = all.putObject(name);
          run.seconds.forEach(node.putArray("seconds")::add);
          node.put("bytes", run.bytes).put("peak_rss_mib", run.peakMebibytes);
          node.put("ratio_to_copy", ratio(run, COPY)).put("ratio_to_cp", ratio(run, CP));
        });
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }
}
