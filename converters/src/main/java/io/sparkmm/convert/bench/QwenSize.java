package io.sparkmm.convert.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * A Qwen2-VL by its published sizes.
 *
 * @param hidden width of the language model
 * @param layers its layers
 * @param heads its query heads
 * @param keyHeads its key and value heads
 * @param intermediate width of its MLP
 * @param vocabulary tokens
 * @param tied the output layer is the embedding
 */
record QwenSize(
    int hidden,
    int layers,
    int heads,
    int keyHeads,
    int intermediate,
    int vocabulary,
    boolean tied) {

  private static final int VISION_WIDTH = 1280;
  private static final int VISION_DEPTH = 32;
  private static final int VISION_HEADS = 16;
  private static final int MLP_RATIO = 4;
  private static final int MERGED = 4 * VISION_WIDTH;

  /** One of {@code 2B}, {@code 7B}, {@code 72B}. */
  static QwenSize of(String name) {
    return switch (name) {
      case "2B" -> new QwenSize(1536, 28, 12, 2, 8960, 151936, true);
      case "7B" -> new QwenSize(3584, 28, 28, 4, 18944, 152064, false);
      case "72B" -> new QwenSize(8192, 80, 64, 8, 29568, 152064, false);
      default -> throw new IllegalArgumentException("Cannot make a model " + name);
    };
  }

  QwenSize withLayers(int number) {
    return new QwenSize(hidden, number, heads, keyHeads, intermediate, vocabulary, tied);
  }

  int visionDepth() {
    return VISION_DEPTH;
  }

  String configJson() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.putArray("architectures").add("Qwen2VLForConditionalGeneration");
    root.put("model_type", "qwen2_vl").put("hidden_size", hidden);
    root.put("num_hidden_layers", layers).put("num_attention_heads", heads);
    root.put("num_key_value_heads", keyHeads).put("intermediate_size", intermediate);
    root.put("vocab_size", vocabulary).put("tie_word_embeddings", tied);
    root.put("torch_dtype", "bfloat16");
    ObjectNode vision = root.putObject("vision_config");
    vision.put("model_type", "qwen2_vl").put("embed_dim", VISION_WIDTH);
    vision.put("hidden_size", hidden).put("depth", VISION_DEPTH);
    vision.put("num_heads", VISION_HEADS).put("mlp_ratio", MLP_RATIO);
    vision.put("in_chans", 3).put("patch_size", 14).put("temporal_patch_size", 2);
    vision.put("spatial_merge_size", 2);
    return root.toPrettyString() + "\n";
  }

  /** All tensors, in the order in which {@code save_pretrained} writes them. */
  List<TensorSpec> tensors() {
    List<TensorSpec> all = new ArrayList<>();
    add(all, "visual.patch_embed.proj.weight", VISION_WIDTH, 3, 2, 14, 14);
    for (int layer = 0; layer < VISION_DEPTH; layer++) {
      visionLayer(all, "visual.blocks." + layer + ".");
    }
    vector(all, "visual.merger.ln_q", VISION_WIDTH);
    linear(all, "visual.merger.mlp.0", MERGED, MERGED);
    linear(all, "visual.merger.mlp.2", hidden, MERGED);
    add(all, "model.embed_tokens.weight", vocabulary, hidden);
    for (int layer = 0; layer < layers; layer++) {
      textLayer(all, "model.layers." + layer + ".");
    }
    add(all, "model.norm.weight", hidden);
    if (!tied) {
      add(all, "lm_head.weight", vocabulary, hidden);
    }
    return all;
  }

  private static void visionLayer(List<TensorSpec> all, String prefix) {
    vector(all, prefix + "norm1", VISION_WIDTH);
    vector(all, prefix + "norm2", VISION_WIDTH);
    linear(all, prefix + "attn.qkv", 3 * VISION_WIDTH, VISION_WIDTH);
    linear(all, prefix + "attn.proj", VISION_WIDTH, VISION_WIDTH);
    linear(all, prefix + "mlp.fc1", MLP_RATIO * VISION_WIDTH, VISION_WIDTH);
    linear(all, prefix + "mlp.fc2", VISION_WIDTH, MLP_RATIO * VISION_WIDTH);
  }

  private void textLayer(List<TensorSpec> all, String prefix) {
    int keys = hidden / heads * keyHeads;
    linear(all, prefix + "self_attn.q_proj", hidden, hidden);
    linear(all, prefix + "self_attn.k_proj", keys, hidden);
    linear(all, prefix + "self_attn.v_proj", keys, hidden);
    add(all, prefix + "self_attn.o_proj.weight", hidden, hidden);
    add(all, prefix + "mlp.gate_proj.weight", intermediate, hidden);
    add(all, prefix + "mlp.up_proj.weight", intermediate, hidden);
    add(all, prefix + "mlp.down_proj.weight", hidden, intermediate);
    add(all, prefix + "input_layernorm.weight", hidden);
    add(all, prefix + "post_attention_layernorm.weight", hidden);
  }

  private static void linear(List<TensorSpec> all, String name, long outputs, long inputs) {
    add(all, name + ".weight", outputs, inputs);
    add(all, name + ".bias", outputs);
  }

  private static void vector(List<TensorSpec> all, String name, long size) {
    add(all, name + ".weight", size);
    add(all, name + ".bias", size);
  }

  private static void add(List<TensorSpec> all, String name, long... shape) {
    all.add(TensorSpec.of(name, DType.BF16, shape));
  }
}
