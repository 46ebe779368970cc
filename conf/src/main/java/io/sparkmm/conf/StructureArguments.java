package io.sparkmm.conf;

import java.util.OptionalInt;

/**
 * Structure of the decoder. The model file wins over all of these.
 *
 * @param numLayers layers
 * @param hiddenSize width
 * @param ffnHiddenSize width inside the MLP
 * @param numAttentionHeads heads
 * @param numQueryGroups heads of keys and values
 * @param maxPositionEmbeddings longest sequence
 * @param untieEmbeddingsAndOutputWeights whether the output layer has weights of its own; FSDP2
 *     needs it
 * @param attentionDropout dropout of attention weights
 * @param hiddenDropout dropout after attention and MLP
 */
public record StructureArguments(
    OptionalInt numLayers,
    OptionalInt hiddenSize,
    OptionalInt ffnHiddenSize,
    OptionalInt numAttentionHeads,
    OptionalInt numQueryGroups,
    OptionalInt maxPositionEmbeddings,
    boolean untieEmbeddingsAndOutputWeights,
    double attentionDropout,
    double hiddenDropout)
    implements KeyGroup {

  static StructureArguments read(ConfigSection section) {
    return new StructureArguments(
        section.optionalInteger("num_layers", Limit.atLeast(1)),
        section.optionalInteger("hidden_size", Limit.atLeast(1)),
        section.optionalInteger("ffn_hidden_size", Limit.atLeast(1)),
        section.optionalInteger("num_attention_heads", Limit.atLeast(1)),
        section.optionalInteger("num_query_groups", Limit.atLeast(1)),
        section.optionalInteger("max_position_embeddings", Limit.atLeast(1)),
        section.flag("untie_embeddings_and_output_weights", false),
        section.number("attention_dropout", 0.1, Limit.BELOW_ONE),
        section.number("hidden_dropout", 0.1, Limit.BELOW_ONE));
  }
}
