package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Settings;
import io.sparkmm.convert.dcp.command.GenericDcpToHfOptions;
import io.sparkmm.convert.dcp.command.GenericHfToDcpOptions;
import io.sparkmm.convert.dcp.command.HfToDcpOptions;
import io.sparkmm.convert.dcp.command.LoraHfToDcpOptions;
import io.sparkmm.convert.dcp.command.MergeDcpLoraOptions;
import io.sparkmm.convert.dcp.command.MergeDcpToHfOptions;
import io.sparkmm.convert.dcp.command.MergeHfLoraOptions;
import io.sparkmm.convert.dcp.command.MergeMmLoraOptions;
import io.sparkmm.convert.dcp.command.Qwen3VlDcpToHfOptions;
import io.sparkmm.convert.dcp.command.Qwen3VlHfToDcpOptions;
import java.util.Arrays;
import java.util.List;

/** Settings of the commands for DCP checkpoints and adapters as typed options. */
final class DcpBindings {
  private DcpBindings() {}

  static GenericHfToDcpOptions genericHfToDcp(Settings settings) {
    return new GenericHfToDcpOptions(
        settings.path("hf_dir"),
        settings.path("dcp_dir"),
        settings.text("dcp_prefix"),
        settings.text("hf_prefix"),
        settings.textMap("tie_weight_mapping"),
        settings.texts("fused_linear_names"));
  }

  static GenericDcpToHfOptions genericDcpToHf(Settings settings) {
    return new GenericDcpToHfOptions(
        settings.path("load_dir"),
        settings.path("save_dir"),
        settings.path("model_assets_dir"),
        settings.text("dcp_prefix"),
        settings.text("hf_prefix"),
        settings.texts("fused_linear_names"));
  }

  static Qwen3VlHfToDcpOptions qwen3HfToDcp(Settings settings) {
    return new Qwen3VlHfToDcpOptions(
        settings.path("hf_dir"),
        settings.path("dcp_dir"),
        settings.flag("tie_weight"),
        settings.flag("is_lora_base"));
  }

  static Qwen3VlDcpToHfOptions qwen3DcpToHf(Settings settings) {
    return new Qwen3VlDcpToHfOptions(
        settings.path("load_dir"),
        settings.path("save_dir"),
        settings.path("model_assets_dir"),
        settings.flag("to_bf16"));
  }

  static LoraHfToDcpOptions qwen3LoraHfToDcp(Settings settings) {
    return new LoraHfToDcpOptions(settings.path("hf_dir"), settings.path("dcp_dir"));
  }

  static MergeDcpLoraOptions qwen3MergeLora(Settings settings) {
    List<String> modules =
        Arrays.stream(settings.text("lora_target_modules").split(",", -1))
            .map(String::strip)
            .filter(module -> !module.isEmpty())
            .toList();
    return new MergeDcpLoraOptions(
        settings.path("base_hf_dir"),
        settings.path("lora_dcp_dir"),
        modules,
        settings.path("save_merged_hf_dir"),
        settings.number("scaling"));
  }

  static HfToDcpOptions hfToDcp(Settings settings) {
    return new HfToDcpOptions(
        settings.path("hf_dir"),
        settings.path("dcp_dir"),
        settings.text("prefix"),
        settings.flag("sharded"));
  }

  static MergeDcpToHfOptions mergeDcpToHf(Settings settings) {
    return new MergeDcpToHfOptions(
        settings.path("load_dir"),
        settings.path("save_dir"),
        settings.path("model_assets_dir"),
        settings.text("prefix"));
  }

  static MergeMmLoraOptions mergeMmLora(Settings settings) {
    return new MergeMmLoraOptions(
        settings.path("base_save_dir"),
        settings.path("lora_save_dir"),
        settings.path("merge_save_dir"),
        settings.texts("lora_target_modules"),
        new MergeMmLoraOptions.Scaling(settings.integer("lora_alpha"), settings.integer("lora_r")),
        new MergeMmLoraOptions.Ranks(settings.integer("pp_size"), settings.integer("tp_size")));
  }

  static MergeHfLoraOptions mergeHfLora(Settings settings) {
    return new MergeHfLoraOptions(
        settings.path("base_hf_dir"),
        settings.path("lora_safetensors"),
        settings.path("save_merged_hf_dir"),
        settings.texts("lora_target_modules"),
        settings.integer("lora_alpha"),
        settings.integer("lora_r"));
  }
}
