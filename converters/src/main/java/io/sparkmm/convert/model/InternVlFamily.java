package io.sparkmm.convert.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.convert.parallel.StageSchema;
import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.parallel.TpRule;
import io.sparkmm.convert.parallel.TpTable;
import java.util.ArrayList;
import java.util.List;

/**
 * InternVL2.5 and InternVL3 with the names of the original repositories: an InternViT tower and a
 * Qwen2, Llama or InternLM2 language model.
 */
public final class InternVlFamily extends BaseFamily {

  private static final String TEXT = "llm_config";
  private static final String VISION = "vision_config";
  private static final String TOWER = "image_encoder.encoder.";
  private static final String PROJECTOR = "image_encoder.projector.";
  private static final String LAYER = TOWER + "encoder.layers.{L}.";

  @Override
  public String converterName() {
    return "InternVLConverter";
  }

  @Override
  ModelShape read(JsonNode config, ConfigReader reader) {
    ConfigReader text = reader.in(TEXT);
    TextShape textShape =
        InternVlText.of(text)
            .map(InternVlText::defaults)
            .orElse(InternVlText.QWEN2.defaults())
            .read(text, text.flag("tie_word_embeddings"), 0);
    ConfigReader vision = reader.in(VISION);
    VisionShape visionShape =
        new VisionShape(
            vision.count("num_hidden_layers", 48, TextConfig.MAX_LAYERS),
            vision.size("hidden_size", 3200),
            vision.count("num_attention_heads", 25, TextConfig.MAX_HEADS));
    if (visionShape.hidden() % visionShape.heads() != 0) {
      vision.problem(
          "num_attention_heads",
          "expected a divisor of hidden_size "
              + visionShape.hidden()
              + ", got "
              + visionShape.heads());
    }
    sizes(textShape, visionShape, reader);
    return new ModelShape(textShape, visionShape, config);
  }

  /**
   * Symbols: E and F as for Qwen; N positions, K width of what pixel shuffling puts together, C and
   * P of a patch are left to the tensors, because no rearrangement depends on them.
   */
  private static Sizes sizes(TextShape text, VisionShape vision, ConfigReader reader) {
    return TextConfig.sizes(text, reader.in(TEXT))
        .put("E", vision.hidden(), VISION + ".hidden_size")
        .put("F", reader.in(VISION).size("intermediate_size"), VISION + ".intermediate_size");
  }

  @Override
  Rules rules(ModelShape shape, FamilyOptions options) {
    ConfigReader reader = ConfigReader.of(shape.config());
    Rules rules = new Rules(sizes(shape.text(), shape.vision(), reader));
    vision(rules, shape.vision().layers());
    if (!options.visionOnly()) {
      InternVlText.of(reader.in(TEXT)).orElseThrow().add(rules, shape.text());
    }
    return rules;
  }

  private static void vision(Rules rules, int layers) {
    rules
        .whole("vision_model.embeddings.", TOWER + "embeddings.")
        .rename("class_embedding", "class_embedding", "1 1 E")
        .rename("position_embedding", "position_embedding", "1 N E")
        .rename("patch_embedding.weight", "patch_embedding.weight", "E C P P")
        .rename("patch_embedding.bias", "patch_embedding.bias", "E");
    Rules.Scope tower = rules.layers("vision_model.encoder.layers.{L}.", LAYER, layers);
    for (String weight : List.of("norm1=input_layernorm", "norm2=pre_mlp_layernorm")) {
      String from = weight.substring(0, weight.indexOf('='));
      String to = weight.substring(from.length() + 1);
      tower.rename(from + ".weight", to + ".weight", "E");
      tower.together("biases of the norms").rename(from + ".bias", to + ".bias", "E");
    }
    tower
        .rename("attn.qkv.weight", "self_attention.linear_qkv.weight", "3E E")
        .linear("attn.proj", "self_attention.linear_proj", "E", "E")
        .linear("mlp.fc1", "mlp.linear_fc1", "F", "E")
        .linear("mlp.fc2", "mlp.linear_fc2", "E", "F");
    tower
        .together("biases of q, k and v of the vision tower")
        .rename("attn.qkv.bias", "self_attention.linear_qkv.bias", "3E");
    tower
        .together("norms of q and k")
        .rename("attn.q_norm.weight", "self_attention.q_layernorm.weight", "E")
        .rename("attn.k_norm.weight", "self_attention.k_layernorm.weight", "E");
    tower.together("layer scales").rename("ls1", "ls1", "E").rename("ls2", "ls2", "E");
    rules
        .whole("mlp1.", PROJECTOR)
        .norm("0", "norm", "K")
        .linear("1", "linear_fc1", "D", "K")
        .linear("3", "linear_fc2", "D", "D");
  }

  @Override
  public TpTable tpTable(FamilyOptions options, ModelShape shape) {
    int heads = shape.vision().heads();
    List<TpRule> rules = new ArrayList<>(LlmRules.mergedTp(TensorSplit.UNEVEN_ROW));
    rules.add(TpRule.of(LAYER + "self_attention.linear_qkv.{p}", TensorSplit.unevenQkvRow(heads)));
    rules.add(TpRule.of(LAYER + "self_attention.linear_proj.weight", TensorSplit.unevenCol(heads)));
    rules.add(TpRule.of(LAYER + "mlp.linear_fc1.{p}", TensorSplit.ROW));
    rules.add(TpRule.of(LAYER + "mlp.linear_fc2.weight", TensorSplit.COL));
    return new TpTable(rules);
  }

  @Override
  public List<StageSchema> stages() {
    return List.of(
        new StageSchema(
            List.of(TOWER + "embeddings."), List.of(PROJECTOR), TOWER + "encoder.layers."),
        LlmRules.stages());
  }
}
