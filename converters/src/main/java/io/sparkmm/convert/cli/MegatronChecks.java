package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Settings;
import io.sparkmm.convert.parallel.LayoutCheck;
import io.sparkmm.convert.parallel.LayoutLimits;
import io.sparkmm.convert.parallel.Modality;
import java.util.List;

/** Checks that need nothing but the options of a command. */
final class MegatronChecks {

  private static final String HF_DIR = "cfg.hf_config.hf_dir";
  private static final String LAYOUT = "cfg.parallel_config";
  private static final String COMMON = "cfg.common_model_config.";
  private static final List<String> READ_FROM_CONFIG =
      List.of(
          "num_experts",
          "num_key_value_heads",
          "tie_word_embeddings",
          "llm_num_layers",
          "vit_num_layers",
          "audio_num_layers");

  private MegatronChecks() {}

  static void hfToMm(Settings settings, Findings findings) {
    hfToMm(settings, false, findings);
  }

  static void hfToMmEdgeCloud(Settings settings, Findings findings) {
    hfToMm(settings, true, findings);
  }

  private static void hfToMm(Settings settings, boolean edgeCloud, Findings findings) {
    written(settings, edgeCloud, findings);
    if (settings.sound(HF_DIR)) {
      FolderChecks.model(HF_DIR, settings.path(HF_DIR), findings);
    }
    String llmDir = COMMON + "llm_hf_dir";
    if (settings.sound(llmDir) && settings.has(llmDir)) {
      FolderChecks.weights(llmDir, settings.path(llmDir), findings);
    }
    common(settings, findings);
    loraOnly(settings, findings);
  }

  static void mmToHf(Settings settings, Findings findings) {
    layout(settings, new LayoutCheck.Use(LAYOUT, false, false, false), findings);
    if (settings.sound(HF_DIR)) {
      FolderChecks.model(HF_DIR, settings.path(HF_DIR), findings);
    }
    String target = "cfg." + MegatronOptions.SAVE_HF_DIR;
    if (settings.sound(target) && settings.sound(HF_DIR)) {
      FolderChecks.outside(target, settings.path(target), HF_DIR, settings.path(HF_DIR), findings);
    }
    apartFromMmDir(settings, findings);
    common(settings, findings);
    iteration(settings, findings);
    loraOnly(settings, findings);
    noEffect(settings, "llm_hf_dir", "is used by hf_to_mm only", findings);
  }

  static void resplit(Settings settings, Findings findings) {
    String source = "cfg.source_dir";
    String target = "cfg.target_dir";
    apart(settings, target, source, findings);
    String from = "cfg.source_parallel_config";
    String to = "cfg.target_parallel_config";
    layout(settings, new LayoutCheck.Use(from, false, false, false), findings);
    layout(settings, new LayoutCheck.Use(to, false, false, true), findings);
    for (String tower : List.of("vit", "llm", "audio")) {
      String key = "." + tower + "_pp_layers";
      if (!settings.sound(from + key) || !settings.sound(to + key)) {
        continue;
      }
      int before = sum(settings, from + key);
      int after = sum(settings, to + key);
      if (before != after) {
        findings.problem(
            tower
                + " pp layers not equal! "
                + from
                + key
                + " has "
                + before
                + " layers in all, "
                + to
                + key
                + " has "
                + after);
      }
    }
    iteration(settings, findings);
  }

  static void loraHfToMm(Settings settings, Findings findings) {
    canonical(settings, findings);
    written(settings, false, findings);
    if (settings.sound(HF_DIR)) {
      FolderChecks.weights(HF_DIR, settings.path(HF_DIR), findings);
    }
    common(settings, findings);
    noEffect(settings, "llm_hf_dir", "is used by hf_to_mm only", findings);
  }

  static void loraMmToHf(Settings settings, Findings findings) {
    canonical(settings, findings);
    layout(settings, new LayoutCheck.Use(LAYOUT, false, false, false), findings);
    apartFromMmDir(settings, findings);
    common(settings, findings);
    iteration(settings, findings);
    noEffect(settings, "llm_hf_dir", "is used by hf_to_mm only", findings);
    if (settings.has("cfg.hf_config")) {
      findings.warning("cfg.hf_config has no effect: adapters need no configuration");
    }
  }

  private static void written(Settings settings, boolean edgeCloud, Findings findings) {
    layout(settings, new LayoutCheck.Use(LAYOUT, true, edgeCloud, true), findings);
    apart(settings, "cfg." + MegatronOptions.MM_DIR, HF_DIR, findings);
  }

  private static void apartFromMmDir(Settings settings, Findings findings) {
    apart(
        settings, "cfg." + MegatronOptions.SAVE_HF_DIR, "cfg." + MegatronOptions.MM_DIR, findings);
  }

  private static void apart(Settings settings, String target, String source, Findings findings) {
    if (settings.sound(target) && settings.sound(source)) {
      FolderChecks.apart(target, settings.path(target), source, settings.path(source), findings);
    }
  }

  private static void layout(Settings settings, LayoutCheck.Use use, Findings findings) {
    if (!settings.sound(use.prefix())) {
      for (Modality modality : Modality.values()) {
        String option = use.prefix() + "." + modality.option() + "_pp_layers";
        if (settings.sound(option) && settings.has(option)) {
          LayoutCheck.checkList(modality, settings.integerLists(option), use)
              .forEach(findings::problem);
        }
      }
      return;
    }
    LayoutCheck.check(Bindings.layout(settings, use.prefix()), LayoutLimits.UNKNOWN, use)
        .problems()
        .forEach(findings::problem);
  }

  private static int sum(Settings settings, String option) {
    return settings.integerLists(option).stream()
        .flatMap(List::stream)
        .mapToInt(Integer::intValue)
        .sum();
  }

  private static void canonical(Settings settings, Findings findings) {
    String option = COMMON + "enable_canonical_hf_struct";
    if (settings.sound(option) && !settings.flag(option)) {
      findings.problem(
          option + ": LoRA weight conversion only supports enable_canonical_hf_struct=true");
    }
  }

  static void iteration(Settings settings, Findings findings) {
    settings
        .textIfAny(SharedOptions.ITERATION)
        .filter(text -> !text.matches("release|0*[1-9][0-9]{0,8}"))
        .ifPresent(
            text ->
                findings.problem(
                    SharedOptions.ITERATION
                        + ": must be release or a number above 0, got \""
                        + text
                        + "\""));
  }

  private static void common(Settings settings, Findings findings) {
    for (String name : READ_FROM_CONFIG) {
      noEffect(settings, name, "is always read from config.json", findings);
    }
    if (settings.has("cfg.llm_hf_config")) {
      findings.warning(
          "cfg.llm_hf_config has no effect; a separate language model is named by "
              + COMMON
              + "llm_hf_dir");
    }
  }

  private static void loraOnly(Settings settings, Findings findings) {
    noEffect(
        settings, "new_transformers_weight_key", "is used by the LoRA commands only", findings);
    noEffect(settings, "model_prefix", "is used by the LoRA commands only", findings);
  }

  /** Printed configurations give every option, so that a default alone deserves no warning. */
  private static void noEffect(Settings settings, String name, String why, Findings findings) {
    String option = COMMON + name;
    if (settings.changed(option)) {
      findings.warning(option + " has no effect here: it " + why);
    }
  }
}
