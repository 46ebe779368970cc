package io.sparkmm.conf;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code image_encoder.vision_encoder}. Defaults are those of Qwen2-VL.
 *
 * @param modelId {@code model_id}
 * @param sizes width and depth
 * @param inChannels colours of a pixel
 * @param patchSize side of a patch in pixels
 * @param spatialMergeSize patches per side that become one token
 * @param temporalPatchSize frames of a patch
 * @param llmHiddenSize width of the decoder, for checking
 * @param layernormEpsilon epsilon of the normalisation
 * @param normalization normalisation
 * @param activationFunc activation of the MLP
 * @param hiddenDropout dropout after attention and MLP
 * @param attentionDropout dropout of attention weights
 * @param postLayerNorm whether a normalisation follows the last layer
 * @param attentionMaskType without effect: attention is cut per picture
 * @param useFusedRotaryPosEmb without effect on numbers
 * @param precision number type
 * @param freeze whether the parameters do not train
 * @param pipelineNumLayers layers per pipeline stage
 * @param recompute Megatron-style recomputation
 * @param attention run-time keys of Hugging Face models
 */
public record VisionEncoderConfig(
    Optional<String> modelId,
    ModelSizes sizes,
    int inChannels,
    int patchSize,
    int spatialMergeSize,
    int temporalPatchSize,
    OptionalInt llmHiddenSize,
    double layernormEpsilon,
    Normalization normalization,
    ActivationFunction activationFunc,
    double hiddenDropout,
    double attentionDropout,
    boolean postLayerNorm,
    Optional<String> attentionMaskType,
    boolean useFusedRotaryPosEmb,
    PrecisionOptions precision,
    boolean freeze,
    Optional<PipelineLayers> pipelineNumLayers,
    RecomputeOptions recompute,
    AttentionOptions attention) {

  static VisionEncoderConfig read(ConfigSection section, boolean fromHuggingFace) {
    ModelSizes sizes = ModelSizes.read(section, fromHuggingFace);
    return new VisionEncoderConfig(
        section.optionalText("model_id"),
        sizes,
        section.integer("in_channels", 3, Limit.atLeast(1)),
        section.integer("patch_size", 14, Limit.atLeast(1)),
        section.integer("spatial_merge_size", 2, Limit.atLeast(1)),
        section.integer("temporal_patch_size", 2, Limit.atLeast(1)),
        section.optionalInteger("llm_hidden_size", Limit.atLeast(1)),
        section.number("layernorm_epsilon", 1e-6, Limit.POSITIVE),
        section.choice("normalization", Normalization.class, Normalization.LAYER_NORM),
        section.choice("activation_func", ActivationFunction.class, ActivationFunction.QUICK_GELU),
        section.number("hidden_dropout", 0.0, Limit.BELOW_ONE),
        section.number("attention_dropout", 0.0, Limit.BELOW_ONE),
        section.flag("post_layer_norm", false),
        section.optionalText("attention_mask_type"),
        section.flag("use_fused_rotary_pos_emb", false),
        PrecisionOptions.read(section),
        section.flag("freeze", true),
        PipelineLayers.read(section, sizes.numLayers()),
        RecomputeOptions.read(section),
        AttentionOptions.read(section));
  }

  /** Layers. */
  public int numLayers() {
    return sizes.numLayers();
  }

  /** Width. */
  public int hiddenSize() {
    return sizes.hiddenSize();
  }

  /** Width inside the MLP. */
  public int ffnHiddenSize() {
    return sizes.ffnHiddenSize();
  }

  /** Heads. */
  public int numAttentionHeads() {
    return sizes.numAttentionHeads();
  }

  /** Size of a head. */
  public int kvChannels() {
    return sizes.kvChannels();
  }
}
