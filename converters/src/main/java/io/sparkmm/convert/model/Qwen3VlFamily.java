package io.sparkmm.convert.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.convert.parallel.StageSchema;
import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.parallel.TpRule;
import io.sparkmm.convert.parallel.TpTable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Qwen3-VL, dense or with a mixture of experts, in the layout of the Megatron trainer: deepstack
 * mergers lie in the layers that feed them, queries and keys have norms.
 */
public final class Qwen3VlFamily extends BaseFamily {

  private static final String TEXT = "text_config";
  private static final String VISION = "vision_config";
  private static final String EXPERTS = "mlp.experts.local_experts.";

  private static final TextConfig DENSE =
      new TextConfig(4096, 32, 32, 32, TextConfig.HeadDim.NAMED_OR_128);
  private static final TextConfig SPARSE =
      new TextConfig(2048, 24, 16, 16, TextConfig.HeadDim.NAMED_OR_DERIVED);
  private static final int DEFAULT_EXPERTS = 60;
  private static final List<Integer> DEFAULT_DEEPSTACK = List.of(8, 16, 24);

  @Override
  public String converterName() {
    return "Qwen3VLMegatronConverter";
  }

  @Override
  ModelShape read(JsonNode config, ConfigReader reader) {
    ConfigReader text = reader.in(TEXT, "");
    boolean sparse =
        config.path("model_type").asText().equals("qwen3_vl_moe")
            || text.find("num_experts").isPresent();
    boolean tied = reader.in("", TEXT).flag("tie_word_embeddings");
    TextShape textShape = (sparse ? SPARSE : DENSE).read(text, tied, sparse ? DEFAULT_EXPERTS : 0);
    VisionShape visionShape = Qwen2VlFamily.visionShape(reader.in(VISION), "hidden_size", 1152, 27);
    sparseLayers(textShape, text);
    deepstack(visionShape, reader.in(VISION));
    sizes(textShape, visionShape, reader);
    return new ModelShape(textShape, visionShape, config);
  }

  /** The layers with experts: all but those that the configuration leaves out. */
  private static List<Integer> sparseLayers(TextShape text, ConfigReader config) {
    if (text.experts() == 0) {
      return List.of();
    }
    List<Integer> dense = config.indexes("mlp_only_layers", List.of(), text.layers());
    int step = config.size("decoder_sparse_step", 1);
    return IntStream.range(0, text.layers())
        .filter(layer -> (layer + 1) % step == 0 && !dense.contains(layer))
        .boxed()
        .toList();
  }

  /** The layers of the tower that feed the deepstack mergers, in their order. */
  private static List<Integer> deepstack(VisionShape vision, ConfigReader config) {
    return config.indexes("deepstack_visual_indexes", DEFAULT_DEEPSTACK, vision.layers());
  }

  /** Symbols: N positions, Im width inside an expert, X experts, others as for Qwen2-VL. */
  private static Sizes sizes(TextShape text, VisionShape vision, ConfigReader reader) {
    ConfigReader visionConfig = reader.in(VISION);
    ConfigReader textConfig = reader.in(TEXT, "");
    Sizes sizes = TextConfig.sizes(text, textConfig);
    return QwenVisionRules.sizes(sizes, vision, visionConfig, "hidden_size")
        .put("F", visionConfig.size("intermediate_size"), VISION + ".intermediate_size")
        .put("Im", textConfig.size("moe_intermediate_size"), "moe_intermediate_size")
        .put("X", text.experts(), "num_experts");
  }

  @Override
  Rules rules(ModelShape shape, FamilyOptions options) {
    ConfigReader reader = ConfigReader.of(shape.config());
    Rules rules = new Rules(sizes(shape.text(), shape.vision(), reader));
    vision(rules, shape.vision(), deepstack(shape.vision(), reader.in(VISION)));
    if (!options.visionOnly()) {
      text(rules, shape.text(), sparseLayers(shape.text(), reader.in(TEXT, "")));
    }
    return rules;
  }

  private static void vision(Rules rules, VisionShape vision, List<Integer> deepstack) {
    rules
        .whole("model.visual.", QwenVisionRules.TOWER)
        .rename("patch_embed.proj.weight", "patch_embed.proj.weight", "E C T P P")
        .rename("patch_embed.proj.bias", "patch_embed.proj.bias", "E")
        .rename("pos_embed.weight", "pos_embed.weight", "N E");
    Rules.Scope layers =
        rules.layers("model.visual.blocks.{L}.", QwenVisionRules.LAYER, vision.layers());
    QwenVisionRules.attention(layers, vision, true);
    layers
        .norm("norm1", "input_layernorm", "E")
        .norm("norm2", "pre_mlp_layernorm", "E")
        .linear("mlp.linear_fc1", "mlp.linear_fc1", "F", "E")
        .linear("mlp.linear_fc2", "mlp.linear_fc2", "E", "F");
    merger(rules.whole("model.visual.merger.", QwenVisionRules.PROJECTOR), "E");
    for (int i = 0; i < deepstack.size(); i++) {
      String layer = QwenVisionRules.LAYER.replace("{L}", deepstack.get(i).toString());
      merger(
          rules.whole("model.visual.deepstack_merger_list." + i + ".", layer + "deepstack_layer."),
          "K");
    }
  }

  private static void merger(Rules.Scope scope, String norm) {
    scope
        .norm("norm", "layernorm", norm)
        .linear("linear_fc1", "encoder.linear_fc1", "K", "K")
        .linear("linear_fc2", "encoder.linear_fc2", "D", "K");
  }

  private static void text(Rules rules, TextShape text, List<Integer> sparse) {
    String prefix = "model.language_model.";
    Rules.Scope layers = LlmRules.body(rules, prefix, text);
    LlmRules.mergedQkv(layers, text, false);
    layers
        .rename("self_attn.q_norm.weight", "self_attention.q_layernorm.weight", "d")
        .rename("self_attn.k_norm.weight", "self_attention.k_layernorm.weight", "d");
    int experts = text.experts();
    List<Integer> dense =
        IntStream.range(0, text.layers()).filter(layer -> !sparse.contains(layer)).boxed().toList();
    String from = prefix + "layers.{L}.";
    String to = LlmRules.MERGED + "decoder.layers.{L}.";
    LlmRules.mergedMlp(rules.layers(from, to, dense));
    if (!sparse.isEmpty()) {
      rules
          .layers(from, to, sparse)
          .rename("mlp.gate.weight", "mlp.router.weight", "X D")
          .experts(
              "mlp.experts.gate_up_proj", EXPERTS + "{X}.linear_fc1.weight", "X D 2Im", experts)
          .experts("mlp.experts.down_proj", EXPERTS + "{X}.linear_fc2.weight", "X Im D", experts);
    }
    LlmRules.head(rules, "lm_head.weight", text.tied());
  }

  @Override
  public TpTable tpTable(FamilyOptions options, ModelShape shape) {
    List<TpRule> rules = new ArrayList<>(LlmRules.mergedTp(TensorSplit.ROW));
    String expert = LlmRules.MERGED + "decoder.layers.{L}." + EXPERTS + "{X}.";
    rules.add(TpRule.of(expert + "linear_fc1.weight", TensorSplit.GLU));
    rules.add(TpRule.of(expert + "linear_fc2.weight", TensorSplit.COL));
    rules.addAll(
        QwenVisionRules.tp(
            List.of(TpRule.of(QwenVisionRules.LAYER + "mlp.linear_fc1.{p}", TensorSplit.ROW))));
    String deepstack = QwenVisionRules.LAYER + "deepstack_layer.encoder.";
    rules.add(TpRule.of(deepstack + "linear_fc1.{p}", TensorSplit.ROW));
    rules.add(TpRule.of(deepstack + "linear_fc2.weight", TensorSplit.COL));
    return new TpTable(rules);
  }

  @Override
  public List<StageSchema> stages() {
    return List.of(
        QwenVisionRules.stages(
            List.of(QwenVisionRules.TOWER + "patch_embed.", QwenVisionRules.TOWER + "pos_embed.")),
        LlmRules.stages());
  }
}
