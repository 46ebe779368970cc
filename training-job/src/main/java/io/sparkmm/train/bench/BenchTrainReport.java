package io.sparkmm.train.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What measured trainings were, as a table, ratios and JSON. */
final class BenchTrainReport {
  static final String ONE = "one worker";
  static final String TWO = "two workers, FSDP2";
  static final String HALF = "one worker, half the threads and batch";
  static final String PEER = "transformers";
  static final String PEER_TWO = "transformers, FSDP2, two processes";

  private static final double MIB = 1 << 20;
  private static final List<String> PARTS =
      List.of("data", "gather", "forward", "exchange", "backward", "reduce", "optimizer", "other");

  private final String title;
  private final Map<String, List<JsonNode>> runs = new LinkedHashMap<>();

  BenchTrainReport(String model, int rows, int columns, int threads) {
    title =
        String.format(
            Locale.ROOT,
            "Qwen2-VL %s, %d rows of %d tokens, %d threads",
            model,
            rows,
            columns,
            threads);
  }

  /** Adds what the ranks of a run measured. */
  void add(String name, List<JsonNode> ranks) {
    runs.put(name, List.copyOf(ranks));
    if (!ranks.get(0).path("parameters").equals(first(ONE).path("parameters"))) {
      throw new BenchException(
          String.format(
              "Cannot compare %s with %s: the models have %s and %s parameters",
              name, ONE, ranks.get(0).path("parameters"), first(ONE).path("parameters")));
    }
  }

  /** The figures. */
  String json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("title", title);
    ObjectNode all = json.putObject("runs");
    runs.forEach((name, ranks) -> ranks.forEach(all.putArray(name)::add));
    ObjectNode compared = json.putObject("ratios");
    ratios().forEach(compared::put);
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The figures for people. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(format("%n%s, %,d parameters%n", title, first(ONE).path("parameters").longValue()));
    text.append(
        format(
            "%-40s %10s %11s %10s %8s %10s %10s%n",
            "", "step", "tokens/s", "GFLOP/s", "of peak", "state", "resident"));
    runs.forEach((name, ranks) -> appendRun(text, name, ranks));
    text.append(format("%n%-40s", "milliseconds of a step"));
    PARTS.forEach(part -> text.append(format(" %9s", part)));
    text.append(format("%n"));
    runs.forEach((name, ranks) -> appendSplit(text, name, ranks));
    text.append(format("%n"));
    if (runs.containsKey(TWO)) {
      String transport = runs.get(TWO).get(0).path("transport").asText();
      text.append(format("tensors of two workers travel over %s%n", transport));
    }
    ratios().forEach((name, ratio) -> text.append(format("%-64s %6.3f%n", name, ratio)));
    return text.toString();
  }

  private static void appendRun(StringBuilder text, String name, List<JsonNode> ranks) {
    double step = step(ranks) / 1000;
    double flops = sum(ranks, "flops") / step;
    double peak = sum(ranks, "matmul_flops_per_second");
    text.append(
        format(
            "%-40s %7.1f ms %,11.0f %10.1f %7.1f%% %6.1f MiB %6.0f MiB%n",
            name,
            step * 1000,
            ranks.get(0).path("tokens").doubleValue() / step,
            flops / 1e9,
            100 * flops / peak,
            max(ranks, "state_bytes") / MIB,
            max(ranks, "peak_resident_bytes") / MIB));
  }

  private static void appendSplit(StringBuilder text, String name, List<JsonNode> ranks) {
    for (int rank = 0; rank < ranks.size(); rank++) {
      JsonNode split = ranks.get(rank).path("split_ms");
      text.append(format("%-40s", ranks.size() == 1 ? name : format("%s, rank %d", name, rank)));
      PARTS.forEach(
          part ->
              text.append(
                  split.has(part)
                      ? format(" %9.1f", split.get(part).doubleValue())
                      : " ".repeat(10)));
      text.append(format("%n"));
    }
  }

  private Map<String, Double> ratios() {
    Map<String, Double> ratios = new LinkedHashMap<>();
    ratio(ratios, "step of two workers / of one at half the batch", TWO, HALF);
    ratio(ratios, "step of two workers / of one on all threads", TWO, ONE);
    if (runs.containsKey(TWO)) {
      ratios.put(
          "weights, gradients, moments of one of two workers / of one",
          max(runs.get(TWO), "state_bytes") / max(runs.get(ONE), "state_bytes"));
    }
    ratio(ratios, "step of one worker / of transformers", ONE, PEER);
    ratio(ratios, "step of two workers / of transformers with FSDP2", TWO, PEER_TWO);
    return ratios;
  }

  private void ratio(Map<String, Double> ratios, String name, String of, String to) {
    if (runs.containsKey(of) && runs.containsKey(to)) {
      ratios.put(name, step(runs.get(of)) / step(runs.get(to)));
    }
  }

  private JsonNode first(String name) {
    return Optional.ofNullable(runs.get(name))
        .map(ranks -> ranks.get(0))
        .orElseThrow(() -> new BenchException("Cannot report: there is no run of " + name));
  }

  private static double step(List<JsonNode> ranks) {
    return max(ranks, "step_ms");
  }

  private static double max(List<JsonNode> ranks, String key) {
    return ranks.stream().mapToDouble(rank -> rank.path(key).doubleValue()).max().orElse(0);
  }

  private static double sum(List<JsonNode> ranks, String key) {
    return ranks.stream().mapToDouble(rank -> rank.path(key).doubleValue()).sum();
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
