package io.sparkmm.conf;

import java.util.Optional;

/**
 * {@code image_encoder.vision_projector}: merges patches to tokens of the decoder's width.
 *
 * @param modelId {@code model_id}
 * @param numLayers {@code num_layers}
 * @param inputSize width of the vision encoder
 * @param hiddenSize width of the decoder
 * @param ffnHiddenSize width between the two linear layers; absent: 4 times the hidden size
 * @param numAttentionHeads 0 when absent; unused
 * @param gatedLinearUnit not part of this projector
 * @param biasActivationFusion without effect on numbers
 * @param addBiasLinear whether linear layers have a bias
 * @param activationFunc activation
 * @param layernormEpsilon epsilon of the normalisation
 * @param normalization normalisation
 * @param precision number type
 * @param freeze whether the parameters do not train; absent: depends on the task
 */
public record VisionProjectorConfig(
    Optional<String> modelId,
    int numLayers,
    int inputSize,
    int hiddenSize,
    int ffnHiddenSize,
    int numAttentionHeads,
    boolean gatedLinearUnit,
    boolean biasActivationFusion,
    boolean addBiasLinear,
    ActivationFunction activationFunc,
    double layernormEpsilon,
    Normalization normalization,
    PrecisionOptions precision,
    Optional<Boolean> freeze) {

  static VisionProjectorConfig read(ConfigSection section, boolean fromHuggingFace) {
    int hidden =
        fromHuggingFace
            ? section.integer("hidden_size", 0, Limit.between(0, 1 << 28))
            : section.requiredInteger("hidden_size", Limit.between(1, 1 << 28));
    int input =
        fromHuggingFace
            ? section.integer("input_size", 0, Limit.NOT_NEGATIVE)
            : section.requiredInteger("input_size", Limit.atLeast(1));
    return new VisionProjectorConfig(
        section.optionalText("model_id"),
        section.integer("num_layers", 1, Limit.atLeast(1)),
        input,
        hidden,
        section.integer("ffn_hidden_size", 4 * hidden, Limit.NOT_NEGATIVE),
        section.integer("num_attention_heads", 0, Limit.NOT_NEGATIVE),
        section.flag("gated_linear_unit", false),
        section.flag("bias_activation_fusion", false),
        section.flag("add_bias_linear", true),
        section.choice("activation_func", ActivationFunction.class, ActivationFunction.GELU),
        section.number("layernorm_epsilon", 1e-6, Limit.POSITIVE),
        section.choice("normalization", Normalization.class, Normalization.LAYER_NORM),
        PrecisionOptions.read(section),
        section.optionalFlag("freeze"));
  }

  /**
   * Whether the parameters do not train.
   *
   * @param whenAbsent what the task takes when the key is absent: false for fine-tuning, true for
   *     preference training
   */
  public boolean isFrozen(boolean whenAbsent) {
    return freeze.orElse(whenAbsent);
  }
}
