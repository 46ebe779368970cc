package io.sparkmm.data.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** The figures of a benchmark, for people and for programs. */
final class BenchPrepareReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final double MEBIBYTE = 1 << 20;

  private final ObjectNode root = MAPPER.createObjectNode();
  private final StringBuilder text = new StringBuilder();
  private double fastest;

  BenchPrepareReport(int records, int pictures, String heap) {
    root.put("records", records).put("pictures", pictures).put("heap", heap);
    root.put("processors", Runtime.getRuntime().availableProcessors());
    root.put("java", System.getProperty("java.version"));
    root.putArray("runs");
    line("%,d records, %,d pictures, at most %s of heap", records, pictures, heap);
  }

  /**
   * One number of cores.
   *
   * @param cores processors used
   * @param bare what the bare tokenizer took
   * @param job what the preparation took
   * @param samples samples in the data set
   * @param tokens token ids in the data set, picture tokens included
   * @param bytes bytes of the shards
   */
  record Run(int cores, JsonNode bare, JsonNode job, long samples, long tokens, long bytes) {}

  void add(Run run) {
    double seconds = run.job().path("seconds").asDouble();
    double bareSeconds = run.bare().path("seconds").asDouble();
    double bareTokens = run.bare().path("tokens").asDouble();
    double samplesPerSecond = run.samples() / seconds;
    fastest = samplesPerSecond;
    ObjectNode node = ((ArrayNode) root.get("runs")).addObject();
    node.put("cores", run.cores()).put("samples", run.samples()).put("tokens", run.tokens());
    node.put("shard_bytes", run.bytes());
    node.put("seconds", seconds);
    node.put("spark_start_seconds", run.job().path("spark_start_seconds").asDouble());
    node.put("peak_rss_mib", run.job().path("peak_rss_mib").asLong());
    node.put("samples_per_second", samplesPerSecond);
    node.put("text_tokens", (long) bareTokens);
    node.put("text_tokens_per_second", bareTokens / seconds);
    node.put("bare_tokenizer_seconds", bareSeconds);
    node.put("bare_tokenizer_tokens_per_second", bareTokens / bareSeconds);
    node.put("ratio_to_bare_tokenizer", bareSeconds / seconds);
    line("");
    line("%d core%s", run.cores(), run.cores() == 1 ? "" : "s");
    line(
        "  bare tokenizer   %8.1f s  %,12.0f text tokens/s", bareSeconds, bareTokens / bareSeconds);
    line(
        "  preparation      %8.1f s  %,12.0f text tokens/s = %.0f %% of the bare tokenizer",
        seconds, bareTokens / seconds, 100 * bareSeconds / seconds);
    line(
        "                   %,.0f samples/s, %,.0f tokens/s with picture tokens, %.1f MiB of shards",
        samplesPerSecond, run.tokens() / seconds, run.bytes() / MEBIBYTE);
    line(
        "                   peak memory %,d MiB, Spark's start %.1f s (not counted)",
        run.job().path("peak_rss_mib").asLong(), run.job().path("spark_start_seconds").asDouble());
  }

  void stages(JsonNode stages) {
    root.set("stages", stages);
    double records = stages.path("records").asDouble();
    double sum = 0;
    for (String stage : new String[] {"read", "pictures", "encode", "write"}) {
      sum += stages.path(stage + "_seconds").asDouble();
    }
    line("");
    line("stages on one core, without Spark, %,.0f records", records);
    for (String stage : new String[] {"read", "pictures", "encode", "write"}) {
      double seconds = stages.path(stage + "_seconds").asDouble();
      line(
          "  %-9s %6.1f us a record  %3.0f %%",
          stage, 1e6 * seconds / records, 100 * seconds / sum);
    }
  }

  void peer(int cores, JsonNode peer) {
    double rate = peer.path("records").asDouble() / peer.path("seconds").asDouble();
    ObjectNode node = root.putObject("llamafactory");
    node.setAll((ObjectNode) peer);
    node.put("samples_per_second", rate);
    node.put("ratio", fastest / rate);
    line("");
    line(
        "LLaMA-Factory %s, %d processes, %,d records: %.1f s, %.1f samples/s; here %.0f times as fast",
        peer.path("llamafactory").asText(),
        cores,
        peer.path("records").asInt(),
        peer.path("seconds").asDouble(),
        rate,
        fastest / rate);
    line(
        "Python's tokenizer alone on these records: %,.0f text tokens/s",
        peer.path("tokenizer_tokens").asDouble() / peer.path("tokenizer_seconds").asDouble());
  }

  String text() {
    return text.toString();
  }

  String json() throws JsonProcessingException {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
