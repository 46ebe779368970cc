package io.sparkmm.train.launch;

import io.sparkmm.conf.ActivationFunction;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.Normalization;
import io.sparkmm.conf.PositionEmbeddingType;
import io.sparkmm.conf.TextDecoderConfig;
import io.sparkmm.conf.VisionEncoderConfig;
import io.sparkmm.conf.VisionProjectorConfig;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.qwen2vl.Qwen2VlConfig;
import io.sparkmm.train.model.qwen2vl.Qwen2VlTextConfig;
import io.sparkmm.train.model.qwen2vl.Qwen2VlTokens;
import io.sparkmm.train.model.qwen2vl.Qwen2VlVisionConfig;
import io.sparkmm.train.nn.Activation;
import java.util.Optional;
import java.util.OptionalInt;

/** The sizes of a Qwen2-VL in the project's own {@code model.json}. */
final class Qwen2VlModelFile {
  private static final String QWEN2_VL = "qwen2vl";

  private final ModelConfig model;
  private final String file;
  private final ConfigProblems problems;

  /**
   * Takes the content of a file.
   *
   * @param file name for messages
   * @param problems told about values that this family does not have
   */
  Qwen2VlModelFile(ModelConfig model, String file, ConfigProblems problems) {
    this.model = model;
    this.file = file;
    this.problems = problems;
  }

  /** The sizes, or nothing when a problem was added. */
  Optional<Qwen2VlConfig> config(Vocabulary vocabulary) {
    int before = problems.count();
    checkVision(model.visionEncoder());
    checkProjector(model.visionProjector(), model.visionEncoder());
    checkText(model.textDecoder());
    if (problems.count() > before) {
      return Optional.empty();
    }
    try {
      return Optional.of(sizes(vocabulary));
    } catch (ModelException e) {
      problems.add(file, "", "", e.getMessage());
      return Optional.empty();
    }
  }

  private Qwen2VlConfig sizes(Vocabulary vocabulary) {
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

  private void refuse(boolean found, String key, String only) {
    if (found) {
      problems.add(file, key, "", "must be " + only + " for model_id " + QWEN2_VL);
    }
  }

  private static Activation activation(ActivationFunction function) {
    return Activation.named(function.text());
  }
}
