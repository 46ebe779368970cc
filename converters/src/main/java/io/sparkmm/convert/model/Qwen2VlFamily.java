package io.sparkmm.convert.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.convert.parallel.StageSchema;
import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.parallel.TpRule;
import io.sparkmm.convert.parallel.TpTable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Qwen2-VL: a vision tower with LayerNorm and a plain MLP, a Qwen2 language model. */
public class Qwen2VlFamily extends BaseFamily {

  static final String VISION = "vision_config";

  private static final String[] TEXT_SECTIONS = {"text_config", ""};

  /** Defaults of the text configuration of both Qwen2-VL generations in transformers. */
  private static final TextConfig TEXT =
      new TextConfig(8192, 80, 64, 8, TextConfig.HeadDim.DERIVED);

  @Override
  public String converterName() {
    return "Qwen2VLConverter";
  }

  /** The key in the vision configuration that holds the width of the tower. */
  String widthKey() {
    return "embed_dim";
  }

  /** What {@code transformers} takes for the width of the tower when it is not given. */
  int defaultWidth() {
    return 1280;
  }

  @Override
  ModelShape read(JsonNode config, ConfigReader reader) {
    ConfigReader text = reader.in(TEXT_SECTIONS);
    ConfigReader vision = reader.in(VISION);
    TextShape textShape = TEXT.read(text, text.flag("tie_word_embeddings"), 0);
    VisionShape visionShape = visionShape(vision, widthKey(), defaultWidth(), 32);
    sizes(textShape, visionShape, reader);
    return new ModelShape(textShape, visionShape, config);
  }

  static VisionShape visionShape(ConfigReader vision, String widthKey, int width, int depth) {
    int hidden = vision.size(widthKey, width);
    int heads = vision.count("num_heads", 16, TextConfig.MAX_HEADS);
    if (hidden % heads != 0) {
      vision.problem(
          "num_heads", "expected a divisor of " + widthKey + " " + hidden + ", got " + heads);
    }
    return new VisionShape(vision.count("depth", depth, TextConfig.MAX_LAYERS), hidden, heads);
  }

  private Sizes sizes(TextShape text, VisionShape vision, ConfigReader reader) {
    ConfigReader visionConfig = reader.in(VISION);
    Sizes sizes = TextConfig.sizes(text, reader.in(TEXT_SECTIONS));
    QwenVisionRules.sizes(sizes, vision, visionConfig, widthKey());
    mlpSizes(sizes, vision, visionConfig);
    return sizes;
  }

  /** Adds what the configuration says about the MLP of the tower. */
  void mlpSizes(Sizes sizes, VisionShape vision, ConfigReader config) {
    config
        .size("mlp_ratio")
        .ifPresent(ratio -> sizes.put("F", vision.hidden() * ratio, "vision_config.mlp_ratio"));
  }

  @Override
  final Rules rules(ModelShape shape, FamilyOptions options) {
    ConfigReader reader = ConfigReader.of(shape.config());
    Rules rules = new Rules(sizes(shape.text(), shape.vision(), reader));
    rules
        .whole("visual.", QwenVisionRules.TOWER)
        .rename("patch_embed.proj.weight", "patch_embed.proj.weight", "E C T P P");
    Rules.Scope layers =
        rules.layers("visual.blocks.{L}.", QwenVisionRules.LAYER, shape.vision().layers());
    QwenVisionRules.attention(layers, shape.vision(), !options.canonical());
    vision(layers, options);
    Rules.Scope projector =
        rules
            .whole("visual.merger.", QwenVisionRules.PROJECTOR)
            .together(options.languageModelReplaced() ? "projector" : "");
    projectorNorm(projector);
    projector
        .linear("mlp.0", "encoder.linear_fc1", "K", "K")
        .linear("mlp.2", "encoder.linear_fc2", "D", "K");
    if (!options.visionOnly()) {
      text(rules, shape.text(), options);
    }
    return rules;
  }

  /** Norms and MLP of the tower. */
  void vision(Rules.Scope layers, FamilyOptions options) {
    layers
        .norm("norm1", "input_layernorm", "E")
        .norm("norm2", "pre_mlp_layernorm", "E")
        .linear("mlp.fc1", "mlp.linear_fc1", "F", "E")
        .linear("mlp.fc2", "mlp.linear_fc2", "E", "F");
  }

  /** The norm in front of the projector. */
  void projectorNorm(Rules.Scope projector) {
    projector.norm("ln_q", "layernorm", "E");
  }

  private static void text(Rules rules, TextShape text, FamilyOptions options) {
    Rules.Scope layers = LlmRules.body(rules, "model.", text);
    if (options.canonical()) {
      LlmRules.canonicalQkv(layers);
      LlmRules.canonicalMlp(layers);
    } else {
      LlmRules.mergedQkv(layers, text, true);
      LlmRules.mergedMlp(layers);
    }
    LlmRules.head(rules, "lm_head.weight", text.tied());
  }

  /** How the first layer of the MLP of the tower is divided. */
  List<TpRule> visionMlpTp(boolean canonical) {
    return List.of(TpRule.of(QwenVisionRules.LAYER + "mlp.linear_fc1.{p}", TensorSplit.ROW));
  }

  @Override
  public final TpTable tpTable(FamilyOptions options, ModelShape shape) {
    return table(options.canonical());
  }

  @Override
  public final Optional<TpTable> resplitTable(boolean canonical) {
    return Optional.of(table(canonical));
  }

  private TpTable table(boolean canonical) {
    List<TpRule> text = canonical ? LlmRules.canonicalTp() : LlmRules.mergedTp(TensorSplit.ROW);
    List<TpRule> vision = QwenVisionRules.tp(visionMlpTp(canonical));
    return new TpTable(Stream.concat(text.stream(), vision.stream()).toList());
  }

  @Override
  public final List<StageSchema> stages() {
    return List.of(
        QwenVisionRules.stages(List.of(QwenVisionRules.TOWER + "patch_embed.")), LlmRules.stages());
  }

  @Override
  final boolean takesLanguageModel() {
    return true;
  }

  @Override
  public final boolean hasCanonicalLayout() {
    return true;
  }
}
