package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShardManifestParserTest {
  private static final String FULL =
      """
      {
        "format-version" : 1,
        "kind" : "sft",
        "template" : "qwen2vl",
        "tokenizer-fingerprint" : "aa",
        "processor-fingerprint" : "bb",
        "seed" : -7,
        "configuration" : {
          "dataset" : "a.json",
          "seq_length" : "64"
        },
        "splits" : {
          "train" : {
            "rows" : 3,
            "tokens" : 30,
            "bytes" : 300,
            "shards" : [
              {
                "file" : "train/part-00000.parquet",
                "rows" : 2,
                "tokens" : 20,
                "bytes" : 200,
                "crc32c" : "0000002a"
              },
              {
                "file" : "train/part-00001.parquet",
                "rows" : 1,
                "tokens" : 10,
                "bytes" : 100,
                "crc32c" : "ffffffff"
              }
            ]
          }
        },
        "rejects" : [
          {
            "reason" : "image_missing",
            "count" : 5,
            "examples" : [
              {
                "source" : "a.json",
                "record" : 9,
                "reason" : "image_missing",
                "detail" : "x.png"
              }
            ]
          }
        ]
      }
      """;

  private static ShardManifest full() {
    return new ShardManifest(
        new ShardManifest.Origin(
            "qwen2vl",
            "aa",
            "bb",
            -7,
            new TreeMap<>(Map.of("dataset", "a.json", "seq_length", "64"))),
        Map.of(
            Split.TRAIN,
            List.of(
                new ShardInfo("train/part-00000.parquet", 2, 20, 200, 42),
                new ShardInfo("train/part-00001.parquet", 1, 10, 100, 0xffffffffL))),
        List.of(
            new RejectSummary(
                RejectReason.IMAGE_MISSING,
                5,
                List.of(new RejectedSample("a.json", 9, RejectReason.IMAGE_MISSING, "x.png")))));
  }

  private static void assertRefused(String json, String message) {
    assertThatThrownBy(() -> ShardManifestParser.fromJson(json, "here/manifest.json"))
        .isInstanceOfSatisfying(
            DataException.class, e -> assertThat(e.kind()).isEqualTo(DataException.Kind.DATASET))
        .hasMessageStartingWith("Cannot read here/manifest.json: ")
        .hasMessageContaining(message);
  }

  @Test
  void writesAllFields() {
    assertThat(ShardManifestParser.toJson(full())).isEqualTo(FULL);
  }

  @Test
  void readsAllFields() {
    assertThat(ShardManifestParser.fromJson(FULL, "x")).isEqualTo(full());
  }

  @Test
  void sumsUpSplits() {
    ShardManifest manifest = full();
    assertThat(manifest.rows(Split.TRAIN)).isEqualTo(3);
    assertThat(manifest.tokens(Split.TRAIN)).isEqualTo(30);
    assertThat(manifest.bytes(Split.TRAIN)).isEqualTo(300);
    assertThat(manifest.rows(Split.VAL)).isZero();
    assertThat(manifest.rejected()).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "format-version",
        "template",
        "tokenizer-fingerprint",
        "processor-fingerprint",
        "seed",
        "configuration",
        "splits",
        "shards",
        "file",
        "rows",
        "tokens",
        "crc32c",
        "rejects",
        "reason",
        "count",
        "examples",
        "source",
        "record",
        "detail"
      })
  void namesAMissingField(String field) {
    assertRefused(
        FULL.replace("\"" + field + "\" :", "\"other-" + field + "\" :"), field + " is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"template\" : \"qwen2vl\"|\"template\" : 1|template is 1, not a string",
        "\"seed\" : -7|\"seed\" : 1.5|seed is 1.5, not a whole number",
        "\"format-version\" : 1|\"format-version\" : 2|format-version is 2, this version of SparkMM",
        "\"seq_length\" : \"64\"|\"seq_length\" : 64|configuration.seq_length is 64, not a string",
        "\"rows\" : 3|\"rows\" : 4|splits.train.rows is 4, but its shards have 3 together",
        "\"tokens\" : 20|\"tokens\" : -1|splits.train.shards[0].file has impossible numbers",
        "\"crc32c\" : \"ffffffff\"|\"crc32c\" : \"xyz\"|shards[1].crc32c is \"xyz\"",
        "\"count\" : 5|\"count\" : 0|rejects[0].count does not go with the examples",
        "\"reason\" : \"image_missing\"|\"reason\" : \"mood\"|reason is \"mood\"",
      })
  void namesAWrongField(String from, String to, String message) {
    assertThat(FULL).contains(from);
    assertRefused(FULL.replace(from, to), message);
  }

  @Test
  void refusesWhatIsNoManifest() {
    assertRefused("", "it holds no JSON object");
    assertRefused("{", "it is not valid JSON");
    assertRefused("[]", "it holds no JSON object");
    assertRefused(FULL + FULL, "it is not valid JSON");
    assertRefused(FULL.replace("\"template\"", "\"seed\""), "Duplicate field");
    assertRefused(FULL.replaceFirst("\\[\\s+\\{", "[ 1, {"), "shards[0] is not an object");
  }

  @Test
  void partsRoundTrip() {
    ShardPart part =
        new ShardPart(full().shards(Split.TRAIN).get(1), full().rejects(), Optional.empty());
    String json = ShardManifestParser.partToJson(part);
    assertThat(ShardManifestParser.partFromJson(json, "x")).isEqualTo(part);
  }
}
