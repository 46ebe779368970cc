package io.sparkmm.convert.model;

import io.sparkmm.convert.parallel.StageSchema;
import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.parallel.TpRule;
import java.util.ArrayList;
import java.util.List;

/**
 * What the vision towers of the Qwen families have in common. Symbols of shapes: E width, F width
 * inside the MLP, K width of a merged group of patches, C, T and P channels, frames and side of a
 * patch, D width of the language model.
 */
final class QwenVisionRules {

  static final String TOWER = "image_encoder.encoder.";
  static final String PROJECTOR = "image_encoder.projector.";
  static final String LAYER = TOWER + "blocks.layers.{L}.";

  private QwenVisionRules() {}

  /** Where a vision tower goes on the pipeline; {@code firsts} come before the layers. */
  static StageSchema stages(List<String> firsts) {
    return new StageSchema(firsts, List.of(PROJECTOR), TOWER + "blocks.layers.");
  }

  /**
   * Adds what the vision configuration says about shapes. C, T and P are left to the tensors: no
   * rearrangement depends on them.
   */
  static Sizes sizes(Sizes sizes, VisionShape vision, ConfigReader config, String widthKey) {
    sizes.put("E", vision.hidden(), "vision_config." + widthKey);
    config
        .size("spatial_merge_size")
        .ifPresent(
            side ->
                sizes.put("K", vision.hidden() * side * side, "vision_config.spatial_merge_size"));
    return sizes;
  }

  /**
   * Attention output and queries, keys, values.
   *
   * @param byHead interleave query, key and value rows by head
   */
  static void attention(Rules.Scope layers, VisionShape vision, boolean byHead) {
    layers.linear("attn.proj", "self_attention.linear_proj", "E", "E");
    String to = "self_attention.linear_qkv.";
    if (byHead) {
      layers
          .interleave("attn.qkv.weight", to + "weight", "3E E", vision.heads())
          .interleave("attn.qkv.bias", to + "bias", "3E", vision.heads());
    } else {
      layers.linear("attn.qkv", "self_attention.linear_qkv", "3E", "E");
    }
  }

  /**
   * How tower and projector are divided.
   *
   * @param mlp how the first layer of the MLP is
   */
  static List<TpRule> tp(List<TpRule> mlp) {
    List<TpRule> rules = new ArrayList<>();
    rules.add(TpRule.of(LAYER + "self_attention.linear_qkv.{p}", TensorSplit.ROW));
    rules.add(TpRule.of(LAYER + "self_attention.linear_proj.weight", TensorSplit.COL));
    rules.addAll(mlp);
    rules.add(TpRule.of(LAYER + "mlp.linear_fc2.weight", TensorSplit.COL));
    rules.add(TpRule.of(PROJECTOR + "encoder.linear_fc1.{p}", TensorSplit.ROW));
    rules.add(TpRule.of(PROJECTOR + "encoder.linear_fc2.weight", TensorSplit.COL));
    return List.copyOf(rules);
  }
}
