package io.sparkmm.train.launch;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.conf.ActivationFunction;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.Normalization;
import io.sparkmm.conf.PositionEmbeddingType;
import io.sparkmm.conf.TextDecoderConfig;
import io.sparkmm.conf.VisionEncoderConfig;
import io.sparkmm.conf.VisionProjectorConfig;
import io.sparkmm.conf.pattern.ModuleSelection;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.model.qwen2vl.Qwen2VlConfig;
import io.sparkmm.train.model.qwen2vl.Qwen2VlConfigParser;
import io.sparkmm.train.model.qwen2vl.Qwen2VlTextConfig;
import io.sparkmm.train.model.qwen2vl.Qwen2VlTokens;
import io.sparkmm.train.model.qwen2vl.Qwen2VlVisionConfig;
import io.sparkmm.train.nn.Activation;
import io.sparkmm.train.weights.HfWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns {@code model.json} and {@code --load} into a {@link ModelPlan}; collects what is wrong. */
final class ModelPlanner {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPlanner.class);
  private static final String QWEN2_VL = "qwen2vl";

  private final TrainSettings settings;
  private final ModelConfig model;
  private final String file;
  private final ConfigProblems problems;

  ModelPlanner(TrainSettings settings, ConfigProblems problems) {
    this.settings = settings;
    this.model = settings.configuration().model();
    this.file = settings.configuration().launch().sources().mmModel().orElse("model");
    this.problems = problems;
  }

  /** The plan, or nothing when a problem was added. */
  Optional<ModelPlan> plan(Vocabulary vocabulary) {
    int before = problems.count();
    Optional<JsonNode> config =
        model.initFromHfPath().isPresent()
            ? fromHuggingFace(Path.of(model.initFromHfPath().get()))
            : fromModelFile(vocabulary);
    Optional<String> weights = weights();
    if (problems.count() > before || config.isEmpty()) {
      return Optional.empty();
    }
    checkVocabulary(config.get(), vocabulary);
    if (problems.count() > before) {
      return Optional.empty();
    }
    try {
      ModelPlan plan =
          new ModelPlan(
              family(config.get()),
              config.get().toString(),
              weights.orElse(""),
              model.initMethod(),
              settings.weightType(),
              model.visionEncoder().freeze(),
              model.visionProjector().isFrozen(false),
              settings.configuration().launch().precision().initModelWithMetaDevice(),
              RecomputePlan.of(settings.configuration()));
      checkModules(plan);
      return problems.count() > before ? Optional.empty() : Optional.of(plan);
    } catch (ModelException e) {
      problems.add(file, "", "", e.getMessage());
      return Optional.empty();
    }
  }

  /** The family that the model file names, else the one of the configuration. */
  private String family(JsonNode config) {
    return model.modelId().orElseGet(() -> ModelSpecs.load().byHfConfig(config).id());
  }

  private void checkModules(ModelPlan plan) {
    if (!settings.program().equals(VlmSftProgram.class.getName())) {
      // Only the program knows its model; the workers check the patterns then.
      return;
    }
    TrainableModel declared = plan.declare();
    ModuleSelection wrapped = settings.sharding().select(declared);
    ModuleSelection ignored = settings.sharding().selectIgnored(declared);
    addErrors("sub_modules_to_wrap", wrapped);
    addErrors("ignored_modules", ignored);
    addErrors("recompute_modules", plan.recompute().select(declared));
    for (String path : wrapped.paths()) {
      for (String other : ignored.paths()) {
        if (path.equals(other) || path.startsWith(other + ".")) {
          problems.add(
              settings.fsdp2File(),
              "ignored_modules",
              other,
              "overlaps with "
                  + path
                  + " of sub_modules_to_wrap; a module is either sharded or ignored");
        }
      }
    }
  }

  private void addErrors(String key, ModuleSelection selection) {
    for (ModuleSelection.Remark error : selection.errors()) {
      problems.add(
          settings.fsdp2File(), key + "[" + error.index() + "]", error.pattern(), error.message());
    }
  }

  /** Weights that the model is made with; a checkpoint of a run is loaded over them. */
  private Optional<String> weights() {
    Optional<Path> load =
        CheckpointPlanner.huggingFace(settings.configuration().launch().checkpoint());
    return load.isPresent()
        ? load.map(Path::toString)
        : model.initFromHfPath().filter(this::hasWeights);
  }

  private boolean hasWeights(String folder) {
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      boolean found = files.anyMatch(file -> file.toString().endsWith(".safetensors"));
      if (!found) {
        LOG.warn("{} holds no weights: training starts from random ones", folder);
      }
      return found;
    } catch (IOException e) {
      // The missing folder is reported where its configuration is read.
      return false;
    }
  }

  private Optional<JsonNode> fromHuggingFace(Path folder) {
    ModelSpecs specs = ModelSpecs.load();
    problems.addAll(model.checkModelId(file, specs.ids(), specs.failed()));
    try {
      return Optional.of(HfWeights.readConfig(folder));
    } catch (ModelException e) {
      problems.add(file, "init_from_hf_path", folder.toString(), e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<JsonNode> fromModelFile(Vocabulary vocabulary) {
    List<ConfigProblem> unknown =
        model.checkModelId(file, List.of(QWEN2_VL), ModelSpecs.load().failed());
    problems.addAll(unknown);
    if (!unknown.isEmpty()) {
      return Optional.empty();
    }
    int before = problems.count();
    checkVision(model.visionEncoder());
    checkProjector(model.visionProjector(), model.visionEncoder());
    checkText(model.textDecoder());
    if (problems.count() > before) {
      return Optional.empty();
    }
    try {
      return Optional.of(Qwen2VlConfigParser.toHfJson(config(vocabulary)));
    } catch (ModelException e) {
      problems.add(file, "", "", e.getMessage());
      return Optional.empty();
    }
  }

  private Qwen2VlConfig config(Vocabulary vocabulary) {
    TextDecoderConfig text = model.textDecoder();
    VisionEncoderConfig vision = model.visionEncoder();
    return new Qwen2VlConfig(
        new Qwen2VlTextConfig(
            text.vocabSize(),
            text.sizes().hiddenSize(),
            text.sizes().ffnHiddenSize(),
            text.sizes().numLayers(),
            text.sizes().numAttentionHeads(),
            text.sizes().numQueryGroups(),
            activation(text.activationFunc()),
            text.maxPositionEmbeddings(),
            text.layernormEpsilon(),
            text.ropeTheta(),
            text.mropeSection(),
            text.initMethodStd(),
            OptionalInt.empty()),
        new Qwen2VlVisionConfig(
            vision.numLayers(),
            vision.hiddenSize(),
            text.sizes().hiddenSize(),
            vision.ffnHiddenSize(),
            vision.numAttentionHeads(),
            vision.inChannels(),
            vision.patchSize(),
            vision.temporalPatchSize(),
            vision.spatialMergeSize(),
            activation(vision.activationFunc()),
            text.initMethodStd()),
        new Qwen2VlTokens(
            model.imgContextTokenId().orElse(vocabulary.media().image()),
            model.videoTokenId().orElse(vocabulary.media().video()),
            model.visionStartTokenId().orElse(vocabulary.media().start()),
            vocabulary.media().end(),
            vocabulary.bos(),
            vocabulary.eos()),
        !text.untieEmbeddingsAndOutputWeights());
  }

  private void checkVision(VisionEncoderConfig vision) {
    String section = "image_encoder.vision_encoder.";
    refuse(
        vision.normalization() != Normalization.LAYER_NORM, section + "normalization", "LayerNorm");
    refuse(vision.layernormEpsilon() != 1e-6, section + "layernorm_epsilon", "1e-06");
    refuse(vision.hiddenDropout() != 0, section + "hidden_dropout", "0");
    refuse(vision.attentionDropout() != 0, section + "attention_dropout", "0");
    refuse(vision.postLayerNorm(), section + "post_layer_norm", "false");
    refuse(
        vision.kvChannels() * vision.numAttentionHeads() != vision.hiddenSize(),
        section + "kv_channels",
        "hidden_size / num_attention_heads");
  }

  private void checkProjector(VisionProjectorConfig projector, VisionEncoderConfig vision) {
    String section = "image_encoder.vision_projector.";
    int merged = vision.hiddenSize() * vision.spatialMergeSize() * vision.spatialMergeSize();
    refuse(
        projector.ffnHiddenSize() != merged,
        section + "ffn_hidden_size",
        merged + ", the width of merged patches");
    refuse(projector.numLayers() != 1, section + "num_layers", "1");
    refuse(projector.gatedLinearUnit(), section + "gated_linear_unit", "false");
    refuse(!projector.addBiasLinear(), section + "add_bias_linear", "true");
    refuse(
        projector.activationFunc() != ActivationFunction.GELU, section + "activation_func", "gelu");
    refuse(
        projector.normalization() != Normalization.LAYER_NORM,
        section + "normalization",
        "LayerNorm");
    refuse(projector.layernormEpsilon() != 1e-6, section + "layernorm_epsilon", "1e-06");
  }

  private void checkText(TextDecoderConfig text) {
    String section = "text_decoder.";
    refuse(text.normalization() != Normalization.RMS_NORM, section + "normalization", "RMSNorm");
    refuse(
        text.positionEmbeddingType() != PositionEmbeddingType.MROPE,
        section + "position_embedding_type",
        "mrope");
    refuse(!text.gatedLinearUnit(), section + "gated_linear_unit", "true");
    refuse(text.addBiasLinear(), section + "add_bias_linear", "false");
    refuse(!text.addQkvBias(), section + "add_qkv_bias", "true");
    refuse(text.attentionDropout() != 0, section + "attention_dropout", "0");
    refuse(text.hiddenDropout() != 0, section + "hidden_dropout", "0");
    refuse(!text.attentionSoftmaxInFp32(), section + "attention_softmax_in_fp32", "true");
    refuse(
        text.sizes().kvChannels() * text.sizes().numAttentionHeads() != text.sizes().hiddenSize(),
        section + "kv_channels",
        "hidden_size / num_attention_heads");
  }

  private void checkVocabulary(JsonNode config, Vocabulary vocabulary) {
    int rows =
        config.path("vocab_size").asInt(config.path("text_config").path("vocab_size").asInt());
    if (rows < vocabulary.size()) {
      problems.add(
          file,
          "text_decoder.vocab_size",
          Integer.toString(rows),
          "must be at least " + vocabulary.size() + ", the number of ids of the tokenizer");
    }
    checkToken(config, "image_token_id", "img_context_token_id", vocabulary.media().image());
    checkToken(
        config, "vision_start_token_id", "vision_start_token_id", vocabulary.media().start());
  }

  private void checkToken(JsonNode config, String key, String modelKey, int expected) {
    int given = config.path(key).asInt(expected);
    if (given != expected) {
      problems.add(
          file,
          modelKey,
          Integer.toString(given),
          "must be " + expected + ", the id of that token in the tokenizer of the data file");
    }
  }

  private void refuse(boolean found, String key, String only) {
    if (found) {
      problems.add(file, key, "", "must be " + only + " for model_id " + QWEN2_VL);
    }
  }

  private static Activation activation(ActivationFunction function) {
    return Activation.named(function.text());
  }
}
