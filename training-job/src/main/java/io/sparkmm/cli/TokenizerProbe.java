package io.sparkmm.cli;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The native tokenizer: whether it loads and splits a sentence. */
record TokenizerProbe() implements Probe {

  private static final String TOPIC = "tokenizer";
  private static final String NAME = "native library";
  private static final String TINY =
      "{\"version\":\"1.0\",\"pre_tokenizer\":{\"type\":\"Whitespace\"},"
          + "\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"?\":0,\"a\":1,\"red\":2,\"square\":3},"
          + "\"unk_token\":\"?\"}}";

  @Override
  public List<Finding> look() {
    byte[] json = TINY.getBytes(StandardCharsets.UTF_8);
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(
            new ByteArrayInputStream(json), Map.of("truncation", "false", "padding", "false"))) {
      long[] ids = tokenizer.encode("a red square", false, false).getIds();
      return List.of(
          Arrays.equals(ids, new long[] {1, 2, 3})
              ? Finding.ok(TOPIC, NAME, "splits right")
              : Finding.missing(
                  TOPIC, NAME, "splits wrong: " + Arrays.toString(ids), "replace the DJL jars"));
    } catch (IOException | LinkageError | RuntimeException e) {
      return List.of(
          Finding.missing(
              TOPIC,
              NAME,
              Probe.describe(e),
              "put the ai.djl jars on the class path; the folder DJL_CACHE_DIR must be writable"));
    }
  }
}
