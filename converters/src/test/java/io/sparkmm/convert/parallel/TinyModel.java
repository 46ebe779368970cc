package io.sparkmm.convert.parallel;

import io.sparkmm.convert.view.TensorView;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model with one tensor of each kind per layer, all elements of which differ. */
final class TinyModel {

  static final StageSchema TEXT =
      new StageSchema(
          List.of("text_decoder.embedding."),
          List.of("text_decoder.decoder.final_layernorm.", "text_decoder.output_layer."),
          "text_decoder.decoder.layers.");
  static final StageSchema VISION =
      new StageSchema(
          List.of("image_encoder.encoder.patch_embed."),
          List.of("image_encoder.projector."),
          "image_encoder.encoder.blocks.layers.");
  static final TpTable TABLE =
      TpTable.of(
          TpRule.of("text_decoder.embedding.word_embeddings.weight", TensorSplit.ROW),
          TpRule.of("text_decoder.output_layer.weight", TensorSplit.ROW),
          TpRule.of("{tower}.layers.{L}.mlp.linear_fc1.weight", TensorSplit.GLU),
          TpRule.of("{tower}.local_experts.{E}.linear_fc1.weight", TensorSplit.GLU),
          TpRule.of("{tower}.layers.{L}.mlp.linear_fc2.weight", TensorSplit.COL));

  private TinyModel() {}

  static ParallelLayout layout(
      List<List<Integer>> text, List<List<Integer>> vision, int tp, int vitTp, int ep) {
    return new ParallelLayout(text, vision, Optional.empty(), tp, vitTp, 0, ep);
  }

  static Pipeline pipeline(List<List<Integer>> text, List<List<Integer>> vision) {
    return Pipeline.of(layout(text, vision, 1, 0, 1), List.of(VISION, TEXT));
  }

  /** All tensors of a model whose tensors can be divided 4-fold. */
  static Map<String, TensorView> tensors(Numbered numbers, int text, int vision, int experts) {
    Map<String, TensorView> model = new LinkedHashMap<>();
    long[] next = {0};
    add(model, numbers, next, "image_encoder.encoder.patch_embed.proj.weight", 2, 2);
    for (int layer = 0; layer < vision; layer++) {
      layer(model, numbers, next, "image_encoder.encoder.blocks.layers." + layer);
    }
    add(model, numbers, next, "image_encoder.projector.layernorm.weight", 2);
    add(model, numbers, next, "text_decoder.embedding.word_embeddings.weight", 4, 2);
    for (int layer = 0; layer < text; layer++) {
      String prefix = "text_decoder.decoder.layers." + layer;
      layer(model, numbers, next, prefix);
      for (int expert = 0; expert < experts; expert++) {
        String name = prefix + ".mlp.experts.local_experts." + expert + ".linear_fc1.weight";
        add(model, numbers, next, name, 8, 1);
      }
    }
    add(model, numbers, next, "text_decoder.decoder.final_layernorm.weight", 2);
    add(model, numbers, next, "text_decoder.output_layer.weight", 4, 2);
    return model;
  }

  private static void layer(
      Map<String, TensorView> model, Numbered numbers, long[] next, String prefix) {
    add(model, numbers, next, prefix + ".input_layernorm.weight", 3);
    add(model, numbers, next, prefix + ".mlp.linear_fc1.weight", 8, 1);
    add(model, numbers, next, prefix + ".mlp.linear_fc2.weight", 2, 4);
  }

  private static void add(
      Map<String, TensorView> model, Numbered numbers, long[] next, String key, long... shape) {
    TensorView view = numbers.from(next[0], shape);
    next[0] += view.byteSize() / Long.BYTES;
    model.put(key, view);
  }
}
