package io.sparkmm.convert.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The language models that InternVL comes with, by {@code llm_config.architectures}. */
enum InternVlText {
  QWEN2("Qwen2ForCausalLM", new TextConfig(4096, 32, 32, 32, TextConfig.HeadDim.DERIVED)) {
    @Override
    void add(Rules rules, TextShape text) {
      llama(rules, text, true);
    }
  },
  LLAMA("LlamaForCausalLM", new TextConfig(4096, 32, 32, 0, TextConfig.HeadDim.DERIVED)) {
    @Override
    void add(Rules rules, TextShape text) {
      llama(rules, text, false);
    }
  },
  INTERNLM2("InternLM2ForCausalLM", new TextConfig(4096, 32, 32, 0, TextConfig.HeadDim.DERIVED)) {
    @Override
    void add(Rules rules, TextShape text) {
      rules
          .whole(PREFIX + "model.", LlmRules.MERGED)
          .rename("tok_embeddings.weight", "embedding.word_embeddings.weight", "V D")
          .rename("norm.weight", "decoder.final_layernorm.weight", "D");
      rules
          .layers(
              PREFIX + "model.layers.{L}.", LlmRules.MERGED + "decoder.layers.{L}.", text.layers())
          .rename("attention_norm.weight", "input_layernorm.weight", "D")
          .rename("ffn_norm.weight", "pre_mlp_layernorm.weight", "D")
          .rename("attention.wqkv.weight", "self_attention.linear_qkv.weight", "QKV D")
          .rename("attention.wo.weight", "self_attention.linear_proj.weight", "D Q")
          .mergeRows(
              List.of("feed_forward.w1.weight", "feed_forward.w3.weight"),
              "mlp.linear_fc1.weight",
              "I D")
          .rename("feed_forward.w2.weight", "mlp.linear_fc2.weight", "D I");
      LlmRules.head(rules, PREFIX + "output.weight", text.tied());
    }
  };

  private static final String PREFIX = "language_model.";

  private final String architecture;
  private final TextConfig defaults;

  InternVlText(String architecture, TextConfig defaults) {
    this.architecture = architecture;
    this.defaults = defaults;
  }

  /** The tensors of the language model. */
  abstract void add(Rules rules, TextShape text);

  /** What configurations leave out. */
  TextConfig defaults() {
    return defaults;
  }

  /** The language model of a configuration; when there is none the reader has a problem more. */
  static Optional<InternVlText> of(ConfigReader config) {
    String name =
        config.find("architectures").map(list -> list.path(0)).map(JsonNode::asText).orElse("");
    Optional<InternVlText> found =
        Arrays.stream(values()).filter(text -> text.architecture.equals(name)).findFirst();
    if (found.isEmpty()) {
      config.problem(
          "architectures",
          "expected one of "
              + Arrays.stream(values()).map(text -> text.architecture).toList()
              + ", got "
              + (name.isEmpty() ? "none" : name));
    }
    return found;
  }

  private static void llama(Rules rules, TextShape text, boolean bias) {
    Rules.Scope layers = LlmRules.body(rules, PREFIX + "model.", text);
    LlmRules.mergedQkv(layers, text, bias);
    LlmRules.mergedMlp(layers);
    LlmRules.head(rules, PREFIX + "lm_head.weight", text.tied());
  }
}
