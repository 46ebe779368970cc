package io.sparkmm.convert.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.op.WeightOps;
import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What all families do: filter, check, rearrange, and store a tied output layer where needed. */
abstract class BaseFamily implements ModelFamily {

  private static final List<String> VISION_PREFIXES =
      List.of("visual.", "model.visual.", "vision_model.", "mlp1.");

  private static final List<String> ROTARY_TABLES =
      List.of("rotary_emb.inv_freq", "rotary_pos_emb.inv_freq");

  /** The converter of each {@code model_type}, to tell a user who takes the wrong one. */
  private static final Map<String, String> CONVERTERS =
      Map.of(
          "qwen2_vl", "Qwen2VLConverter",
          "qwen2_5_vl", "Qwen2_5_VLConverter",
          "internvl_chat", "InternVLConverter",
          "qwen3_vl", "Qwen3VLMegatronConverter",
          "qwen3_vl_moe", "Qwen3VLMegatronConverter");

  /** Reads the sizes of a model, collecting all problems in the reader. */
  abstract ModelShape read(JsonNode config, ConfigReader reader);

  @Override
  public final ModelShape shape(JsonNode config) {
    String type = config.path("model_type").asText();
    String right = CONVERTERS.getOrDefault(type, converterName());
    if (!right.equals(converterName())) {
      throw ConvertException.usage(
          "config.json: model_type: "
              + type
              + " is converted by "
              + right
              + ", not by "
              + converterName());
    }
    ConfigReader reader = ConfigReader.of(config);
    ModelShape shape = read(config, reader);
    reader.finish();
    return shape;
  }

  /** The tensors of a model; without the language model when only the vision tower is wanted. */
  abstract Rules rules(ModelShape shape, FamilyOptions options);

  /** Whether the language model of another folder can replace that of the model. */
  boolean takesLanguageModel() {
    return false;
  }

  @Override
  public boolean hasCanonicalLayout() {
    return false;
  }

  @Override
  public Optional<TpTable> resplitTable(boolean canonical) {
    return Optional.empty();
  }

  /** Refuses options that the family does not know. */
  private void check(FamilyOptions options) {
    refuse(options.canonical() && !hasCanonicalLayout(), "enable_canonical_hf_struct");
    refuse(options.languageModelReplaced() && !takesLanguageModel(), "llm_hf_dir");
  }

  private void refuse(boolean wrong, String option) {
    if (wrong) {
      throw ConvertException.usage(
          "cfg.common_model_config." + option + ": " + converterName() + " does not know it");
    }
  }

  @Override
  public final Map<String, TensorView> toMerged(
      Map<String, TensorView> hf, ModelShape shape, FamilyOptions options) {
    check(options);
    Rules rules = rules(shape, options);
    Map<String, TensorView> tensors = new LinkedHashMap<>();
    hf.forEach(
        (name, view) -> {
          boolean rotary = ROTARY_TABLES.stream().anyMatch(name::endsWith);
          if (!rotary && (!options.visionOnly() || isVision(name))) {
            tensors.put(name, view);
          }
        });
    List<String> problems =
        new ArrayList<>(rules.inventory().problems(tensors, UnaryOperator.identity()));
    if (!problems.isEmpty() && !rules.inventory().knowsAny(tensors.keySet())) {
      problems.add(
          "None of the names belongs to "
              + converterName()
              + ", which reads names such as "
              + rules.inventory().example());
    }
    refuse(problems);
    Map<String, TensorView> merged = rules.ops().forward(tensors);
    if (shape.text().tied() && options.devices() > 1 && !options.visionOnly()) {
      merged.put(LlmRules.OUTPUT, merged.get(LlmRules.EMBEDDING));
    }
    return merged;
  }

  @Override
  public final Map<String, TensorView> toHf(
      Map<String, TensorView> merged, ModelShape shape, FamilyOptions options) {
    check(options);
    Rules rules = rules(shape, options);
    WeightOps ops = rules.ops();
    Map<String, TensorView> hf = ops.inverse(merged);
    refuse(
        rules
            .inventory()
            .problems(
                hf,
                name -> ops.target(name).map(target -> target + " (" + name + ")").orElse(name)));
    Map<String, TensorView> result = new LinkedHashMap<>(hf);
    if (!options.visionOnly()) {
      tiedHead(shape)
          .ifPresent(
              head ->
                  result.putIfAbsent(
                      head, result.get(ops.source(LlmRules.EMBEDDING).orElseThrow())));
    }
    return result;
  }

  @Override
  public final Optional<String> tiedHead(ModelShape shape) {
    return shape.text().tied()
        ? rules(shape, FamilyOptions.DEFAULT).ops().source(LlmRules.OUTPUT)
        : Optional.empty();
  }

  private static boolean isVision(String name) {
    return VISION_PREFIXES.stream().anyMatch(name::startsWith);
  }

  private static void refuse(List<String> problems) {
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
  }

  @Override
  public Optional<LoraFamily> lora() {
    return Optional.empty();
  }
}
