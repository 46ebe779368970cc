package io.sparkmm.conf;

import java.util.List;

/**
 * {@code dataloader_param.collate_param}: how samples become a batch.
 *
 * @param modelName name of the collator
 * @param ignorePadTokenForLoss whether padding is labelled -100 (else with the pad token)
 */
public record CollateParam(String modelName, boolean ignorePadTokenForLoss) {
  /** The collators of the reference suite for understanding models. */
  static final List<String> MODEL_NAMES =
      List.of(
          "qwen2vl",
          "qwen2vl_dpo",
          "qwen3vl",
          "qwen3omni",
          "glm4v_moe",
          "internvl",
          "deepseekvl2",
          "llm_pretrain");

  static CollateParam read(ConfigSection section) {
    String name = section.requiredText("model_name");
    if (section.raw("model_name").isTextual() && !MODEL_NAMES.contains(name)) {
      section.reportUnknownValue("model_name", name, MODEL_NAMES);
    }
    String key = "ignore_pad_token_for_loss";
    if (name.startsWith("qwen") && !section.isPresent(key)) {
      section.report(key, "is required for " + name + ": expected true or false");
    }
    return new CollateParam(name, section.flag(key, true));
  }
}
