package io.sparkmm.convert.model;

import io.sparkmm.convert.op.MergeQkv;
import io.sparkmm.convert.parallel.StageSchema;
import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.parallel.TpRule;
import java.util.List;

/**
 * What the language models of all families have in common: names as in Llama on the Hugging Face
 * side. Symbols of shapes: D width, Q and KV all query and all key rows, d a head, I width inside
 * the MLP, V vocabulary.
 */
final class LlmRules {

  static final String MERGED = "text_decoder.";
  static final String EMBEDDING = MERGED + "embedding.word_embeddings.weight";
  static final String OUTPUT = MERGED + "output_layer.weight";

  private static final String LAYER = MERGED + "decoder.layers.{L}.";

  private LlmRules() {}

  /** Where a language model goes on the pipeline. */
  static StageSchema stages() {
    return new StageSchema(
        List.of(MERGED + "embedding."),
        List.of(MERGED + "decoder.final_layernorm.", MERGED + "output_layer."),
        MERGED + "decoder.layers.");
  }

  /** Attention of a group of query heads per key head. */
  static MergeQkv.Heads heads(TextShape text) {
    return new MergeQkv.Heads(text.kvHeads(), text.queriesPerGroup(), text.headDim());
  }

  /**
   * The output layer, which a tied model may do without.
   *
   * @param name its Hugging Face name
   */
  static void head(Rules rules, String name, boolean tied) {
    rules
        .whole("", MERGED)
        .together(tied ? "tied output layer" : "")
        .rename(name, "output_layer.weight", "V D");
  }

  /**
   * Embedding, norms and attention output.
   *
   * @param prefix what Hugging Face names begin with, such as {@code model.}
   * @return the rules of the layers
   */
  static Rules.Scope body(Rules rules, String prefix, TextShape text) {
    rules
        .whole(prefix, MERGED)
        .rename("embed_tokens.weight", "embedding.word_embeddings.weight", "V D")
        .rename("norm.weight", "decoder.final_layernorm.weight", "D");
    return rules
        .layers(prefix + "layers.{L}.", LAYER, text.layers())
        .rename("input_layernorm.weight", "input_layernorm.weight", "D")
        .rename("post_attention_layernorm.weight", "pre_mlp_layernorm.weight", "D")
        .rename("self_attn.o_proj.weight", "self_attention.linear_proj.weight", "D Q");
  }

  /** Query, key and value in one tensor. */
  static void mergedQkv(Rules.Scope layers, TextShape text, boolean bias) {
    layers.mergeQkv(qkv("weight"), "self_attention.linear_qkv.weight", "D", heads(text));
    if (bias) {
      layers
          .together("biases of q, k and v")
          .mergeQkv(qkv("bias"), "self_attention.linear_qkv.bias", "", heads(text));
    }
  }

  private static List<String> qkv(String kind) {
    return List.of("q", "k", "v").stream()
        .map(part -> "self_attn." + part + "_proj." + kind)
        .toList();
  }

  /** Query, key and value apart. */
  static void canonicalQkv(Rules.Scope layers) {
    for (String part : List.of("q", "k", "v")) {
      String rows = part.equals("q") ? "Q" : "KV";
      String from = "self_attn." + part + "_proj.";
      String to = "self_attention." + part + "_proj.";
      layers.rename(from + "weight", to + "weight", rows + " D");
      layers.together("biases of q, k and v").rename(from + "bias", to + "bias", rows);
    }
  }

  /** The MLP with gate and up in one tensor. */
  static void mergedMlp(Rules.Scope layers) {
    layers
        .mergeRows(
            List.of("mlp.gate_proj.weight", "mlp.up_proj.weight"), "mlp.linear_fc1.weight", "I D")
        .rename("mlp.down_proj.weight", "mlp.linear_fc2.weight", "D I");
  }

  /** The MLP with gate and up apart. */
  static void canonicalMlp(Rules.Scope layers) {
    layers
        .rename("mlp.gate_proj.weight", "mlp.gate_proj.weight", "I D")
        .rename("mlp.up_proj.weight", "mlp.up_proj.weight", "I D")
        .rename("mlp.down_proj.weight", "mlp.linear_fc2.weight", "D I");
  }

  /**
   * How the merged layout is divided.
   *
   * @param vocabulary how embedding and output layer are
   */
  static List<TpRule> mergedTp(TensorSplit vocabulary) {
    return List.of(
        TpRule.of(EMBEDDING, vocabulary),
        TpRule.of(OUTPUT, vocabulary),
        TpRule.of(LAYER + "self_attention.linear_qkv.{p}", TensorSplit.ROW),
        TpRule.of(LAYER + "self_attention.linear_proj.weight", TensorSplit.COL),
        TpRule.of(LAYER + "mlp.linear_fc1.weight", TensorSplit.GLU),
        TpRule.of(LAYER + "mlp.linear_fc2.weight", TensorSplit.COL));
  }

  /** How the layout with everything apart is divided. */
  static List<TpRule> canonicalTp() {
    return List.of(
        TpRule.of(EMBEDDING, TensorSplit.ROW),
        TpRule.of(OUTPUT, TensorSplit.ROW),
        TpRule.of(LAYER + "self_attention.{q|k|v}_proj.{p}", TensorSplit.ROW),
        TpRule.of(LAYER + "self_attention.linear_proj.weight", TensorSplit.COL),
        TpRule.of(LAYER + "mlp.{gate|up}_proj.weight", TensorSplit.ROW),
        TpRule.of(LAYER + "mlp.linear_fc2.weight", TensorSplit.COL));
  }
}
