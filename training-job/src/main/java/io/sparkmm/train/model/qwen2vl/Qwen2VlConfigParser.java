package io.sparkmm.train.model.qwen2vl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.model.JsonFields;
import io.sparkmm.train.nn.Activation;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * Reads and writes the {@code config.json} of a Qwen2-VL checkpoint.
 *
 * <p>Two layouts are read. In the flat one the language model's keys stand beside {@code
 * vision_config}, with {@code rope_theta} and {@code rope_scaling}. In the nested one they stand
 * under {@code text_config}, which wins where both are present. {@code rope_parameters} wins over
 * {@code rope_scaling} and {@code rope_theta}. Unknown keys are ignored. The flat layout is
 * written: every release reads it.
 */
public final class Qwen2VlConfigParser {
  static final String ARCHITECTURE = "Qwen2VLForConditionalGeneration";

  private Qwen2VlConfigParser() {}

  /**
   * Reads a configuration.
   *
   * @throws io.sparkmm.train.model.ModelException naming every value that is missing, wrong or asks
   *     for something this model does not do
   */
  public static Qwen2VlConfig fromHfJson(JsonNode json) {
    JsonFields root = JsonFields.of(json);
    JsonFields text = root.object("text_config").orElse(root);
    String type = root.text("model_type", Qwen2VlConfig.MODEL_TYPE);
    if (!type.equals(Qwen2VlConfig.MODEL_TYPE)) {
      root.problem("model_type", "is " + type + ", not " + Qwen2VlConfig.MODEL_TYPE);
    }
    // The records check the values on their own: they are made once nothing is missing.
    Supplier<Qwen2VlTextConfig> textConfig = readText(text);
    Supplier<Qwen2VlVisionConfig> visionConfig =
        readVision(root.object("vision_config"), text.integer("hidden_size", 1));
    Qwen2VlTokens published = Qwen2VlTokens.published();
    Qwen2VlTokens tokens =
        new Qwen2VlTokens(
            root.integer("image_token_id", published.image()),
            root.integer("video_token_id", published.video()),
            root.integer("vision_start_token_id", published.visionStart()),
            root.integer("vision_end_token_id", published.visionEnd()),
            text.optionalInt("bos_token_id"),
            text.integers("eos_token_id"));
    boolean tied = root.flag("tie_word_embeddings", text.flag("tie_word_embeddings", false));
    root.finish("config.json");
    return new Qwen2VlConfig(textConfig.get(), visionConfig.get(), tokens, tied);
  }

  private static Supplier<Qwen2VlTextConfig> readText(JsonFields text) {
    int vocab = text.requiredInt("vocab_size");
    int hidden = text.requiredInt("hidden_size");
    int intermediate = text.requiredInt("intermediate_size");
    int layers = text.requiredInt("num_hidden_layers");
    int heads = text.requiredInt("num_attention_heads");
    int kvHeads = text.integer("num_key_value_heads", heads);
    int maxPositions = text.integer("max_position_embeddings", 32768);
    double epsilon = text.number("rms_norm_eps", 1e-5);
    double range = text.number("initializer_range", 0.02);
    OptionalInt padToken = text.optionalInt("pad_token_id");
    Supplier<Activation> activation = readActivation(text, Activation.SILU);
    if (text.flag("use_sliding_window", false)) {
      text.problem("use_sliding_window", "is true: sliding windows are not supported");
    }
    if (text.number("attention_dropout", 0) != 0) {
      text.problem("attention_dropout", "is not 0: dropout in attention is not supported");
    }
    JsonFields parameters = text.object("rope_parameters");
    JsonFields rope = parameters.orElse(text.object("rope_scaling"));
    String ropeType = rope.text("rope_type", rope.text("type", "default"));
    if (!ropeType.equals("default") && !ropeType.equals("mrope")) {
      text.problem("rope_type", "is " + ropeType + ": only default (mrope) is supported");
    }
    if (rope.flag("mrope_interleaved", false)) {
      text.problem("mrope_interleaved", "is true: the sections of this model are contiguous");
    }
    if (!rope.has("mrope_section")) {
      text.problem("mrope_section", "is in neither rope_parameters nor rope_scaling");
    }
    List<Integer> section = rope.integers("mrope_section");
    double theta = parameters.number("rope_theta", text.number("rope_theta", 1e6));
    return () ->
        new Qwen2VlTextConfig(
            vocab,
            hidden,
            intermediate,
            layers,
            heads,
            kvHeads,
            activation.get(),
            maxPositions,
            epsilon,
            theta,
            section,
            range,
            padToken);
  }

  private static Supplier<Qwen2VlVisionConfig> readVision(JsonFields vision, int hidden) {
    int depth = vision.integer("depth", 32);
    int embedDim = vision.integer("embed_dim", 1280);
    int output = vision.integer("hidden_size", hidden);
    double mlpRatio = vision.number("mlp_ratio", 4);
    int heads = vision.integer("num_heads", 16);
    int channels = vision.integer("in_channels", 3);
    int patch = vision.integer("patch_size", 14);
    int temporalPatch = vision.integer("temporal_patch_size", 2);
    int merge = vision.integer("spatial_merge_size", 2);
    double range = vision.number("initializer_range", 0.02);
    Supplier<Activation> activation = readActivation(vision, Activation.QUICK_GELU);
    return () ->
        new Qwen2VlVisionConfig(
            depth,
            embedDim,
            output,
            (int) (embedDim * mlpRatio),
            heads,
            channels,
            patch,
            temporalPatch,
            merge,
            activation.get(),
            range);
  }

  private static Supplier<Activation> readActivation(JsonFields fields, Activation fallback) {
    String name = fields.text("hidden_act", fallback.configName());
    try {
      Activation activation = Activation.named(name);
      return () -> activation;
    } catch (IllegalArgumentException e) {
      fields.problem("hidden_act", "is " + name + ": " + e.getMessage());
      return () -> fallback;
    }
  }

  /** Writes a configuration in the flat layout, as the published checkpoints have it. */
  public static ObjectNode toHfJson(Qwen2VlConfig config) {
    Qwen2VlTextConfig text = config.text();
    Qwen2VlTokens tokens = config.tokens();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putArray("architectures").add(ARCHITECTURE);
    json.put("attention_dropout", 0.0);
    tokens.bos().ifPresent(id -> json.put("bos_token_id", id));
    if (tokens.eos().size() == 1) {
      json.put("eos_token_id", tokens.eos().get(0));
    } else if (!tokens.eos().isEmpty()) {
      tokens.eos().forEach(json.putArray("eos_token_id")::add);
    }
    text.padTokenId().ifPresent(id -> json.put("pad_token_id", id));
    json.put("vision_start_token_id", tokens.visionStart());
    json.put("vision_end_token_id", tokens.visionEnd());
    json.put("image_token_id", tokens.image());
    json.put("video_token_id", tokens.video());
    json.put("hidden_act", text.activation().configName());
    json.put("hidden_size", text.hiddenSize());
    json.put("initializer_range", text.initializerRange());
    json.put("intermediate_size", text.intermediateSize());
    json.put("max_position_embeddings", text.maxPositions());
    json.put("model_type", Qwen2VlConfig.MODEL_TYPE);
    json.put("num_attention_heads", text.heads());
    json.put("num_hidden_layers", text.layers());
    json.put("num_key_value_heads", text.kvHeads());
    json.put("rms_norm_eps", text.rmsNormEpsilon());
    json.put("rope_theta", text.ropeTheta());
    ObjectNode rope = json.putObject("rope_scaling");
    rope.put("type", "mrope");
    text.mropeSection().forEach(rope.putArray("mrope_section")::add);
    json.put("tie_word_embeddings", config.tieWordEmbeddings());
    json.put("use_sliding_window", false);
    json.set("vision_config", visionJson(config.vision()));
    json.put("vocab_size", text.vocabSize());
    return json;
  }

  private static ObjectNode visionJson(Qwen2VlVisionConfig vision) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("depth", vision.depth());
    json.put("embed_dim", vision.embedDim());
    json.put("hidden_act", vision.activation().configName());
    json.put("hidden_size", vision.outputSize());
    json.put("in_channels", vision.inChannels());
    json.put("initializer_range", vision.initializerRange());
    if (vision.mlpWidth() % vision.embedDim() == 0) {
      json.put("mlp_ratio", vision.mlpWidth() / vision.embedDim());
    } else {
      json.put("mlp_ratio", ratio(vision.mlpWidth(), vision.embedDim()));
    }
    json.put("model_type", Qwen2VlConfig.MODEL_TYPE);
    json.put("num_heads", vision.heads());
    json.put("patch_size", vision.patchSize());
    json.put("spatial_merge_size", vision.spatialMergeSize());
    json.put("temporal_patch_size", vision.temporalPatchSize());
    return json;
  }

  /** The smallest double whose product with {@code divisor} is not cut below {@code width}. */
  private static double ratio(int width, int divisor) {
    double ratio = (double) width / divisor;
    return (int) (divisor * ratio) == width ? ratio : Math.nextUp(ratio);
  }
}
