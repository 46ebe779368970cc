package io.sparkmm.train.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Sizes of Qwen2-VL models that are measured, as a {@code config.json}. */
enum BenchModel {
  TINY("tiny", 64, 128, 2, 4, 2, 512, 2, 32, 2),
  M30("30M", 384, 1024, 8, 6, 2, 16_000, 6, 320, 5),
  M100("100M", 640, 1792, 12, 10, 2, 32_000, 12, 384, 6),
  M300("300M", 1024, 2816, 18, 16, 4, 48_000, 12, 640, 10);

  private static final int SPECIAL_TOKENS = 8;
  private static final double THETA = 1e6;

  private final String text;
  private final int hidden;
  private final int intermediate;
  private final int layers;
  private final int heads;
  private final int kvHeads;
  private final int vocabulary;
  private final int visionDepth;
  private final int visionWidth;
  private final int visionHeads;

  BenchModel(
      String text,
      int hidden,
      int intermediate,
      int layers,
      int heads,
      int kvHeads,
      int vocabulary,
      int visionDepth,
      int visionWidth,
      int visionHeads) {
    this.text = text;
    this.hidden = hidden;
    this.intermediate = intermediate;
    this.layers = layers;
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.vocabulary = vocabulary;
    this.visionDepth = visionDepth;
    this.visionWidth = visionWidth;
    this.visionHeads = visionHeads;
  }

  /**
   * The configuration of a model.
   *
   * @param name one of the sizes here, or the path of a {@code config.json}
   * @throws BenchException if it is neither
   */
  static JsonNode config(String name) {
    for (BenchModel model : values()) {
      if (model.text.equalsIgnoreCase(name)) {
        return model.config();
      }
    }
    Path file = Path.of(name);
    if (!Files.isRegularFile(file)) {
      throw new BenchException(
          "Cannot build model "
              + name
              + ": it is neither one of "
              + Stream.of(values()).map(model -> model.text).collect(Collectors.joining(", "))
              + " nor a config.json");
    }
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new BenchException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private JsonNode config() {
    int special = vocabulary - SPECIAL_TOKENS;
    int headSize = hidden / heads;
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("model_type", "qwen2_vl");
    config.putArray("architectures").add("Qwen2VLForConditionalGeneration");
    config.put("hidden_size", hidden);
    config.put("intermediate_size", intermediate);
    config.put("num_hidden_layers", layers);
    config.put("num_attention_heads", heads);
    config.put("num_key_value_heads", kvHeads);
    config.put("vocab_size", vocabulary);
    config.put("hidden_act", "silu");
    config.put("max_position_embeddings", 32_768);
    config.put("rms_norm_eps", 1e-6);
    config.put("rope_theta", THETA);
    config.put("initializer_range", 0.02);
    config.put("tie_word_embeddings", true);
    config.put("use_sliding_window", false);
    config.put("attention_dropout", 0.0);
    ObjectNode rope = config.putObject("rope_scaling");
    rope.put("type", "mrope");
    int eighth = headSize / 8;
    rope.putArray("mrope_section").add(headSize / 2 - 3 * eighth).add(eighth).add(2 * eighth);
    config.put("vision_start_token_id", special);
    config.put("vision_end_token_id", special + 1);
    config.put("image_token_id", special + 3);
    config.put("video_token_id", special + 4);
    ObjectNode vision = config.putObject("vision_config");
    vision.put("model_type", "qwen2_vl");
    vision.put("depth", visionDepth);
    vision.put("embed_dim", visionWidth);
    vision.put("num_heads", visionHeads);
    vision.put("hidden_size", hidden);
    vision.put("mlp_ratio", 4);
    vision.put("hidden_act", "quick_gelu");
    vision.put("in_channels", 3);
    vision.put("patch_size", 14);
    vision.put("temporal_patch_size", 2);
    vision.put("spatial_merge_size", 2);
    return config;
  }

  /** Name on the command line. */
  @Override
  public String toString() {
    return text.toLowerCase(Locale.ROOT);
  }
}
