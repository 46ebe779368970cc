package io.sparkmm.conf;

import java.util.List;
import java.util.Optional;

/**
 * {@code text_decoder}. Defaults are those of Qwen2-VL.
 *
 * @param modelId {@code model_id}
 * @param sizes width and depth
 * @param groupQueryAttention whether {@code num_query_groups} counts
 * @param vocabSize rows of the embedding
 * @param maxPositionEmbeddings longest sequence
 * @param positionEmbeddingType position encoding
 * @param mropeSection frequencies for time, height and width; adds up to half the head size
 * @param ropeTheta base of the rotary frequencies
 * @param normalization normalisation
 * @param layernormEpsilon epsilon of the normalisation
 * @param activationFunc activation of the MLP
 * @param gatedLinearUnit whether the MLP is gated
 * @param addBiasLinear whether linear layers have a bias
 * @param addQkvBias whether the query, key and value layer has a bias
 * @param attentionDropout dropout of attention weights
 * @param hiddenDropout dropout after attention and MLP
 * @param initMethodStd standard deviation of drawn weights
 * @param untieEmbeddingsAndOutputWeights whether the output layer has weights of its own
 * @param useFusedRotaryPosEmb without effect on numbers
 * @param attentionSoftmaxInFp32 whether attention weights are computed in fp32
 * @param parallelOutput without effect
 * @param precision number type
 * @param freeze whether the parameters do not train; read by Hugging Face models only
 * @param pipelineNumLayers layers per pipeline stage
 * @param recompute Megatron-style recomputation
 * @param attention run-time keys of Hugging Face models
 */
public record TextDecoderConfig(
    Optional<String> modelId,
    ModelSizes sizes,
    boolean groupQueryAttention,
    int vocabSize,
    int maxPositionEmbeddings,
    PositionEmbeddingType positionEmbeddingType,
    List<Integer> mropeSection,
    double ropeTheta,
    Normalization normalization,
    double layernormEpsilon,
    ActivationFunction activationFunc,
    boolean gatedLinearUnit,
    boolean addBiasLinear,
    boolean addQkvBias,
    double attentionDropout,
    double hiddenDropout,
    double initMethodStd,
    boolean untieEmbeddingsAndOutputWeights,
    boolean useFusedRotaryPosEmb,
    boolean attentionSoftmaxInFp32,
    boolean parallelOutput,
    PrecisionOptions precision,
    Optional<Boolean> freeze,
    Optional<PipelineLayers> pipelineNumLayers,
    RecomputeOptions recompute,
    AttentionOptions attention) {

  /** Copies the list. */
  public TextDecoderConfig {
    mropeSection = List.copyOf(mropeSection);
  }

  static TextDecoderConfig read(ConfigSection section, boolean fromHuggingFace) {
    int before = section.problems().count();
    ModelSizes sizes = ModelSizes.read(section, fromHuggingFace);
    TextDecoderConfig read =
        new TextDecoderConfig(
            section.optionalText("model_id"),
            sizes,
            section.flag("group_query_attention", true),
            size(section, "vocab_size", fromHuggingFace),
            size(section, "max_position_embeddings", fromHuggingFace),
            section.choice(
                "position_embedding_type",
                PositionEmbeddingType.class,
                PositionEmbeddingType.MROPE),
            section.optionalIntegers("mrope_section", Limit.atLeast(1)).orElseGet(List::of),
            section.number("rope_theta", 1e6, Limit.POSITIVE),
            section.choice("normalization", Normalization.class, Normalization.RMS_NORM),
            section.number("layernorm_epsilon", 1e-6, Limit.POSITIVE),
            section.choice("activation_func", ActivationFunction.class, ActivationFunction.SILU),
            section.flag("gated_linear_unit", true),
            section.flag("add_bias_linear", false),
            section.flag("add_qkv_bias", true),
            section.number("attention_dropout", 0.0, Limit.BELOW_ONE),
            section.number("hidden_dropout", 0.0, Limit.BELOW_ONE),
            section.number("init_method_std", 0.02, Limit.POSITIVE),
            section.flag("untie_embeddings_and_output_weights", false),
            section.flag("use_fused_rotary_pos_emb", false),
            section.flag("attention_softmax_in_fp32", true),
            section.flag("parallel_output", true),
            PrecisionOptions.read(section),
            section.optionalFlag("freeze"),
            PipelineLayers.read(section, sizes.numLayers()),
            RecomputeOptions.read(section),
            AttentionOptions.read(section));
    readUnsupported(section, fromHuggingFace);
    if (section.flag("disable_bias_linear", !read.addBiasLinear) == read.addBiasLinear) {
      section.report("disable_bias_linear", "contradicts add_bias_linear = " + read.addBiasLinear);
    }
    if (!fromHuggingFace && section.problems().count() == before) {
      read.check(section);
    }
    return read;
  }

  private static int size(ConfigSection section, String key, boolean fromHuggingFace) {
    return fromHuggingFace
        ? section.integer(key, 0, Limit.NOT_NEGATIVE)
        : section.requiredInteger(key, Limit.atLeast(1));
  }

  private static void readUnsupported(ConfigSection section, boolean fromHuggingFace) {
    section.refuse("use_npu_fused_moe", "is not supported; must be false");
    for (String key : List.of("rope_scaling", "num_moe_experts", "n_shared_experts")) {
      if (fromHuggingFace) {
        section.raw(key);
      } else {
        section.refuse(key, "is not supported by the built-in model; remove it or set it to null");
      }
    }
  }

  private void check(ConfigSection section) {
    if (!groupQueryAttention && numQueryGroups() != numAttentionHeads()) {
      section.report(
          "group_query_attention",
          "must be true with num_query_groups = "
              + numQueryGroups()
              + " and num_attention_heads = "
              + numAttentionHeads());
    }
    checkRotary(section);
  }

  private void checkRotary(ConfigSection section) {
    if (positionEmbeddingType != PositionEmbeddingType.MROPE) {
      return;
    }
    int sum = mropeSection.stream().mapToInt(Integer::intValue).sum();
    if (mropeSection.size() != 3 || 2 * sum != kvChannels()) {
      section.report(
          "mrope_section",
          "must be three numbers that add up to half the head size (kv_channels = "
              + kvChannels()
              + "), add up to "
              + sum);
    }
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

  /** Heads of keys and values. */
  public int numQueryGroups() {
    return sizes.numQueryGroups();
  }

  /** Size of a head. */
  public int kvChannels() {
    return sizes.kvChannels();
  }
}
