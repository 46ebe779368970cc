package io.sparkmm.data.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class BenchPrepareReportTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void statesRatiosToTheBareTokenizerAndToThePeer() throws JsonProcessingException {
    BenchPrepareReport report = new BenchPrepareReport(1000, 10, "640m");
    report.add(
        new BenchPrepareReport.Run(
            2,
            MAPPER.readTree("{\"seconds\": 8.0, \"tokens\": 4000000}"),
            MAPPER.readTree(
                "{\"seconds\": 10.0, \"peak_rss_mib\": 500, \"spark_start_seconds\": 3.5}"),
            1000,
            9_000_000,
            3 << 20));
    report.stages(
        MAPPER.readTree(
            "{\"records\": 1000, \"read_seconds\": 0.1, \"pictures_seconds\": 0.1,"
                + " \"encode_seconds\": 0.6, \"write_seconds\": 0.2}"));
    report.peer(
        2,
        MAPPER.readTree(
            "{\"records\": 50, \"seconds\": 5.0, \"tokenizer_tokens\": 600,"
                + " \"tokenizer_seconds\": 2.0, \"llamafactory\": \"0.9.5\"}"));

    assertThat(report.text())
        .contains("text tokens/s = 80 % of the bare tokenizer")
        .contains("100 samples/s, 900,000 tokens/s with picture tokens, 3.0 MiB of shards")
        .contains("peak memory 500 MiB, Spark's start 3.5 s (not counted)")
        .contains("encode     600.0 us a record   60 %")
        .contains("LLaMA-Factory 0.9.5, 2 processes, 50 records: 5.0 s, 10.0 samples/s")
        .contains("here 10 times as fast");
    JsonNode json = MAPPER.readTree(report.json());
    assertThat(json.at("/runs/0/ratio_to_bare_tokenizer").asDouble()).isEqualTo(0.8);
    assertThat(json.at("/llamafactory/ratio").asDouble()).isEqualTo(10);
  }
}
