package io.sparkmm.conf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * {@code model.json}. With {@code init_from_hf_path} the structure is that of the {@code
 * config.json} in that folder, and the sizes here count for nothing.
 *
 * @param modelId key of the model class; may only be absent for models from a Hugging Face folder
 * @param initFromHfPath Hugging Face folder that the model is built from
 * @param imgContextTokenId token whose positions receive image features
 * @param videoTokenId token whose positions receive video features
 * @param visionStartTokenId token before each picture
 * @param imageEncoder vision tower and projector
 * @param textDecoder language model
 * @param lossCfg loss
 * @param initMethod how weights are drawn when nothing is loaded; a key of this project
 * @param patch switches of the reference suite, by name
 * @param raw the file as it was written
 */
public record ModelConfig(
    Optional<String> modelId,
    Optional<String> initFromHfPath,
    OptionalInt imgContextTokenId,
    OptionalInt videoTokenId,
    OptionalInt visionStartTokenId,
    ImageEncoderConfig imageEncoder,
    TextDecoderConfig textDecoder,
    LossConfig lossCfg,
    InitMethod initMethod,
    Map<String, Boolean> patch,
    ConfigTree raw) {
  private static final String UNSUPPORTED = "is not supported; remove it or set it to null";

  /** Copies the map. */
  public ModelConfig {
    patch = Collections.unmodifiableMap(new TreeMap<>(patch));
  }

  /**
   * Reads the whole file; problems go to the section's collector.
   *
   * @param root the file
   * @param object the object that the section reads
   */
  public static ModelConfig read(ConfigSection root, ObjectNode object) {
    int before = root.problems().count();
    Optional<String> hfPath = root.optionalText("init_from_hf_path");
    boolean hf = hfPath.isPresent();
    if (!hf && !root.hasValue("model_id")) {
      root.report("model_id", "is required unless init_from_hf_path is given");
    }
    ConfigSection imageEncoder =
        hf ? root.section("image_encoder") : root.requiredSection("image_encoder");
    ConfigSection textDecoder =
        hf ? root.section("text_decoder") : root.requiredSection("text_decoder");
    ModelConfig read =
        new ModelConfig(
            root.optionalText("model_id"),
            hfPath,
            root.optionalInteger("img_context_token_id", Limit.NOT_NEGATIVE),
            root.optionalInteger("video_token_id", Limit.NOT_NEGATIVE),
            root.optionalInteger("vision_start_token_id", Limit.NOT_NEGATIVE),
            ImageEncoderConfig.read(imageEncoder, hf),
            TextDecoderConfig.read(textDecoder, hf),
            LossConfig.read(root.section("loss_cfg")),
            root.choice("init_method", InitMethod.class, InitMethod.NORMAL),
            readPatch(root),
            ConfigTree.of(root.file(), object, root.problems()));
    for (String key : List.of("text_encoder", "video_encoder", "audio_encoder")) {
      root.refuse(key, UNSUPPORTED);
    }
    for (String key :
        List.of("lora_apply_modules", "lora_mixed_training", "lora_save_full_weight")) {
      root.refuse(key, UNSUPPORTED);
    }
    root.finish();
    if (root.problems().count() == before) {
      read.check(root);
    }
    return read;
  }

  private static Map<String, Boolean> readPatch(ConfigSection root) {
    Map<String, Boolean> switches = new TreeMap<>();
    JsonNode patch = root.raw("patch");
    if (patch.isMissingNode() || patch.isNull()) {
      return switches;
    }
    if (!patch.isObject()) {
      root.report("patch", "expected an object of true and false");
      return switches;
    }
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      if (!entry.getValue().isBoolean()) {
        root.report("patch", "expected true or false for " + entry.getKey());
      }
      switches.put(entry.getKey(), entry.getValue().asBoolean());
      if (entry.getValue().asBoolean()) {
        String key = "patch." + entry.getKey();
        root.problems().warn(root.file(), key, "true", "is accepted without effect");
      }
    }
    return switches;
  }

  private void check(ConfigSection root) {
    if (modelId.orElse("").startsWith("qwen3_vl")) {
      checkFreezeKeys(root);
    }
    if (initFromHfPath.isPresent()) {
      return;
    }
    checkWidths(root);
    checkTokens(root);
    checkStages(root);
    if (textDecoder.freeze().isPresent()) {
      root.problems()
          .warn(root.file(), "text_decoder.freeze", "", "is not read by the built-in model");
    }
  }

  private void checkFreezeKeys(ConfigSection root) {
    for (String path :
        List.of(
            "image_encoder.vision_encoder.freeze",
            "image_encoder.vision_projector.freeze",
            "text_decoder.freeze")) {
      if (!raw.has(path)) {
        root.problems().add(root.file(), path, "", "is required for " + modelId.orElse(""));
      }
    }
  }

  private void checkWidths(ConfigSection root) {
    int vision = visionEncoder().hiddenSize();
    int text = textDecoder.hiddenSize();
    String projector = "image_encoder.vision_projector.";
    checkEqual(
        root,
        projector + "input_size",
        visionProjector().inputSize(),
        "image_encoder.vision_encoder.hidden_size",
        vision);
    checkEqual(
        root,
        projector + "hidden_size",
        visionProjector().hiddenSize(),
        "text_decoder.hidden_size",
        text);
    visionEncoder()
        .llmHiddenSize()
        .ifPresent(
            size ->
                checkEqual(
                    root,
                    "image_encoder.vision_encoder.llm_hidden_size",
                    size,
                    "text_decoder.hidden_size",
                    text));
  }

  private static void checkEqual(
      ConfigSection root, String key, int value, String otherKey, int other) {
    if (value != other) {
      root.problems()
          .add(
              root.file(),
              key,
              Integer.toString(value),
              "must be equal to " + otherKey + " = " + other);
    }
  }

  private void checkTokens(ConfigSection root) {
    if (imgContextTokenId.isEmpty()) {
      root.report("img_context_token_id", "is required");
    }
    checkToken(root, "img_context_token_id", imgContextTokenId);
    checkToken(root, "video_token_id", videoTokenId);
    checkToken(root, "vision_start_token_id", visionStartTokenId);
  }

  private void checkToken(ConfigSection root, String key, OptionalInt token) {
    if (token.isPresent() && token.getAsInt() >= textDecoder.vocabSize()) {
      root.report(key, "must be less than text_decoder.vocab_size = " + textDecoder.vocabSize());
    }
  }

  private void checkStages(ConfigSection root) {
    Optional<PipelineLayers> vision = visionEncoder().pipelineNumLayers();
    Optional<PipelineLayers> text = textDecoder.pipelineNumLayers();
    if (vision.isEmpty() || text.isEmpty()) {
      return;
    }
    String key = "image_encoder.vision_encoder.pipeline_num_layers";
    if (vision.get().length() != text.get().length()
        || vision.get().stages().size() != text.get().stages().size()) {
      root.problems()
          .add(
              root.file(),
              key,
              vision.get().toString(),
              "must have as many stages as text_decoder.pipeline_num_layers = " + text.get());
    } else if (text.get().first() >= 0 && vision.get().last() > text.get().first()) {
      root.problems()
          .add(
              root.file(),
              key,
              vision.get().toString(),
              "all vision layers must come before the first text layer:"
                  + " text_decoder.pipeline_num_layers = "
                  + text.get()
                  + " starts at stage "
                  + text.get().first()
                  + ", vision ends at stage "
                  + vision.get().last());
    }
  }

  /** The vision tower. */
  public VisionEncoderConfig visionEncoder() {
    return imageEncoder.visionEncoder();
  }

  /** The layers between tower and decoder. */
  public VisionProjectorConfig visionProjector() {
    return imageEncoder.visionProjector();
  }

  /**
   * Looks the model up among the registered ones.
   *
   * @param file the file that problems name
   * @param registered ids of the models that can be built
   * @param failed ids whose registration failed, with the cause
   * @return a problem, if the model has an id and it is not registered
   */
  public List<ConfigProblem> checkModelId(
      String file, Collection<String> registered, Map<String, String> failed) {
    if (modelId.isEmpty() || registered.contains(modelId.get())) {
      return List.of();
    }
    List<String> ids = new ArrayList<>(registered);
    ids.sort(null);
    StringBuilder message = new StringBuilder("must be one of " + String.join(", ", ids));
    message.append(NearestKey.hint(modelId.get(), ids));
    new TreeMap<>(failed)
        .forEach(
            (id, cause) ->
                message.append("; ").append(id).append(" could not be registered: ").append(cause));
    return List.of(new ConfigProblem(file, "model_id", modelId.get(), message.toString()));
  }
}
