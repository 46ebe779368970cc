package io.sparkmm.convert.model;

import java.util.OptionalLong;

/**
 * Reads what all language models have in their configuration.
 *
 * @param hidden default of {@code hidden_size}
 * @param layers default of {@code num_hidden_layers}
 * @param heads default of {@code num_attention_heads}
 * @param kvHeads default of {@code num_key_value_heads}; 0 for as many as query heads
 * @param headDim where the width of a head comes from
 */
record TextConfig(int hidden, int layers, int heads, int kvHeads, HeadDim headDim) {

  /** Where the width of a head comes from. */
  enum HeadDim {
    /** {@code hidden_size / num_attention_heads}; a key {@code head_dim} means nothing. */
    DERIVED,
    /** {@code head_dim}; as {@link #DERIVED} when it is not there. */
    NAMED_OR_DERIVED,
    /** {@code head_dim}; 128 when it is not there, as {@link #DERIVED} when it is null. */
    NAMED_OR_128
  }

  /** Layers beyond this are taken for damage. */
  static final int MAX_LAYERS = 10_000;

  /** Heads beyond this are taken for damage. */
  static final int MAX_HEADS = 4096;

  /** Experts beyond this are taken for damage. */
  private static final int MAX_EXPERTS = 4096;

  /**
   * Reads the sizes; a problem stands in the reader.
   *
   * @param config the sections of the language model
   * @param tied whether the output layer is the embedding
   * @param defaultExperts default of {@code num_experts}
   */
  TextShape read(ConfigReader config, boolean tied, int defaultExperts) {
    int width = config.size("hidden_size", hidden);
    int queries = config.count("num_attention_heads", heads, MAX_HEADS);
    boolean all = kvHeads == 0 || config.isNull("num_key_value_heads");
    int keys = config.size("num_key_value_heads", all ? queries : kvHeads);
    if (queries % keys != 0) {
      config.problem(
          "num_key_value_heads",
          "expected a divisor of num_attention_heads " + queries + ", got " + keys);
    }
    OptionalLong named =
        headDim == HeadDim.DERIVED ? OptionalLong.empty() : config.size("head_dim");
    boolean derived =
        named.isEmpty() && (headDim != HeadDim.NAMED_OR_128 || config.isNull("head_dim"));
    if (derived && width % queries != 0) {
      config.problem(
          "num_attention_heads", "expected a divisor of hidden_size " + width + ", got " + queries);
    }
    return new TextShape(
        config.count("num_hidden_layers", layers, MAX_LAYERS),
        width,
        queries,
        keys,
        derived ? Math.max(1, width / queries) : (int) named.orElse(128),
        config.size("vocab_size"),
        tied,
        config.find("num_experts").isPresent()
            ? config.count("num_experts", defaultExperts, MAX_EXPERTS)
            : defaultExperts);
  }

  /** What the symbols in the shapes of a language model stand for. */
  static Sizes sizes(TextShape text, ConfigReader config) {
    return new Sizes()
        .put("D", text.hidden(), "hidden_size")
        .put("d", text.headDim(), "the width of a head")
        .put("Q", (long) text.heads() * text.headDim(), "num_attention_heads times a head")
        .put("KV", (long) text.kvHeads() * text.headDim(), "num_key_value_heads times a head")
        .put(
            "QKV",
            (text.heads() + 2L * text.kvHeads()) * text.headDim(),
            "num_attention_heads and twice num_key_value_heads times a head")
        .put("V", text.vocab(), "vocab_size")
        .put("I", config.size("intermediate_size"), "intermediate_size");
  }
}
