package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Settings;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks of the options of commands that read or write DCP checkpoints. */
final class DcpChecks {
  private DcpChecks() {}

  static void hfToDcp(Settings settings, Findings findings) {
    if (source(settings, "hf_dir", findings)) {
      FolderChecks.weights("hf_dir", settings.path("hf_dir"), findings);
    }
    target(settings, "dcp_dir", "hf_dir", findings);
  }

  static void loraHfToDcp(Settings settings, Findings findings) {
    hfToDcp(settings, findings);
  }

  static void dcpToHf(Settings settings, Findings findings) {
    folder(settings, "load_dir", findings);
    folder(settings, "model_assets_dir", findings);
    if (settings.sound("save_dir") && !settings.given("save_dir")) {
      findings.problem("save_dir: required, give --save_dir");
    }
    target(settings, "save_dir", "load_dir", findings);
    target(settings, "save_dir", "model_assets_dir", findings);
  }

  static void mergeLora(Settings settings, Findings findings) {
    if (source(settings, "base_hf_dir", findings)) {
      FolderChecks.weights("base_hf_dir", settings.path("base_hf_dir"), findings);
    }
    folder(settings, "lora_dcp_dir", findings);
    target(settings, "save_merged_hf_dir", "base_hf_dir", findings);
    target(settings, "save_merged_hf_dir", "lora_dcp_dir", findings);
  }

  static void scriptHfToDcp(Settings settings, Findings findings) {
    hfToDcp(settings, findings);
  }

  static void scriptMergeDcpToHf(Settings settings, Findings findings) {
    dcpToHf(settings, findings);
  }

  static void scriptMergeBaseLora(Settings settings, Findings findings) {
    folder(settings, "base_save_dir", findings);
    folder(settings, "lora_save_dir", findings);
    target(settings, "merge_save_dir", "base_save_dir", findings);
    target(settings, "merge_save_dir", "lora_save_dir", findings);
    if (settings.sound("lora_target_modules")
        && settings.has("lora_target_modules")
        && settings.texts("lora_target_modules").isEmpty()) {
      findings.problem("lora_target_modules: must name at least one module");
    }
  }

  static void scriptMergeLoraSafetensors(Settings settings, Findings findings) {
    if (source(settings, "base_hf_dir", findings)) {
      FolderChecks.weights("base_hf_dir", settings.path("base_hf_dir"), findings);
    }
    Path adapters = Path.of(settings.textIfAny("lora_safetensors").orElse(""));
    if (settings.sound("lora_safetensors") && !Files.isRegularFile(adapters)) {
      findings.problem("lora_safetensors: not a file: " + adapters);
    }
    target(settings, "save_merged_hf_dir", "base_hf_dir", findings);
    if (settings.has("lora_target_modules") && settings.texts("lora_target_modules").isEmpty()) {
      findings.problem("lora_target_modules: must name at least one module");
    }
    if (settings.text("device").equals("npu")) {
      findings.problem("device: only cpu is available");
    }
  }

  private static boolean source(Settings settings, String option, Findings findings) {
    if (!settings.sound(option)) {
      return false;
    }
    if (settings.text(option).isBlank()) {
      findings.problem(option + ": required, give --" + option);
      return false;
    }
    return true;
  }

  private static void folder(Settings settings, String option, Findings findings) {
    if (source(settings, option, findings)) {
      FolderChecks.exists(option, settings.path(option), findings);
    }
  }

  private static void target(Settings settings, String option, String source, Findings findings) {
    boolean known =
        source(settings, option, findings)
            && settings.sound(source)
            && !settings.text(source).isBlank();
    if (known) {
      FolderChecks.apart(option, settings.path(option), source, settings.path(source), findings);
    }
  }
}
