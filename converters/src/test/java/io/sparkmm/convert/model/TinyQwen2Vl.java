package io.sparkmm.convert.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Names and shapes of a tiny Qwen2-VL: width 8, 4 query and 2 key heads, 2 layers, 32 words; vision
 * width 8, 2 heads, 2 layers; patches of 2 by 2 by 2.
 */
final class TinyQwen2Vl {

  private TinyQwen2Vl() {}

  static final String CONFIG =
      """
      {"hidden_size": 8, "num_attention_heads": 4, "num_key_value_heads": 2,
       "num_hidden_layers": 2, "intermediate_size": 16, "vocab_size": 32,
       "tie_word_embeddings": false,
       "vision_config": {"embed_dim": 8, "num_heads": 2, "depth": 2, "mlp_ratio": 2,
                         "patch_size": 2, "temporal_patch_size": 2, "spatial_merge_size": 2}}
      """;

  static Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("visual.patch_embed.proj.weight", List.of(8L, 3L, 2L, 2L, 2L));
    for (int layer = 0; layer < 2; layer++) {
      String block = "visual.blocks." + layer + ".";
      for (String norm : List.of("norm1", "norm2")) {
        shapes.put(block + norm + ".weight", List.of(8L));
        shapes.put(block + norm + ".bias", List.of(8L));
      }
      linear(shapes, block + "attn.qkv", 24, 8);
      linear(shapes, block + "attn.proj", 8, 8);
      linear(shapes, block + "mlp.fc1", 16, 8);
      linear(shapes, block + "mlp.fc2", 8, 16);
    }
    shapes.put("visual.merger.ln_q.weight", List.of(8L));
    shapes.put("visual.merger.ln_q.bias", List.of(8L));
    linear(shapes, "visual.merger.mlp.0", 32, 32);
    linear(shapes, "visual.merger.mlp.2", 8, 32);
    shapes.put("model.embed_tokens.weight", List.of(32L, 8L));
    for (int layer = 0; layer < 2; layer++) {
      String block = "model.layers." + layer + ".";
      shapes.put(block + "input_layernorm.weight", List.of(8L));
      shapes.put(block + "post_attention_layernorm.weight", List.of(8L));
      linear(shapes, block + "self_attn.q_proj", 8, 8);
      linear(shapes, block + "self_attn.k_proj", 4, 8);
      linear(shapes, block + "self_attn.v_proj", 4, 8);
      shapes.put(block + "self_attn.o_proj.weight", List.of(8L, 8L));
      shapes.put(block + "mlp.gate_proj.weight", List.of(16L, 8L));
      shapes.put(block + "mlp.up_proj.weight", List.of(16L, 8L));
      shapes.put(block + "mlp.down_proj.weight", List.of(8L, 16L));
    }
    shapes.put("model.norm.weight", List.of(8L));
    shapes.put("lm_head.weight", List.of(32L, 8L));
    return shapes;
  }

  private static void linear(Map<String, List<Long>> shapes, String name, long out, long in) {
    shapes.put(name + ".weight", List.of(out, in));
    shapes.put(name + ".bias", List.of(out));
  }
}
