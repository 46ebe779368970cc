package io.sparkmm.convert.dcp.command;

import io.sparkmm.convert.lora.LoraAdapters;
import io.sparkmm.convert.lora.LoraMerge;
import io.sparkmm.convert.number.FloatFormat;
import io.sparkmm.convert.plan.ConversionPlan;
import java.util.Map;
import java.util.Optional;

/** {@code Qwen3VLConverter}: dense models and such with experts, and their adapters. */
public final class Qwen3VlDcp {

  private static final NameRule NAMES = new NameRule("", "model.");
  private static final NameRule LORA_BASE_NAMES = new NameRule("", "base_model.model.model.");
  private static final Map<String, String> TIED =
      Map.of("lm_head.weight", "model.language_model.embed_tokens.weight");

  private Qwen3VlDcp() {}

  /** Plans {@code hf_to_dcp}. */
  public static ConversionPlan hfToDcp(Qwen3VlHfToDcpOptions options) {
    NameRule names = options.loraBase() ? LORA_BASE_NAMES : NAMES;
    return DcpExport.plan(
        new DcpExport.Job(
            "Qwen3VLConverter hf_to_dcp",
            options.hfDir(),
            options.dcpDir(),
            names::toDcp,
            options.tieWeight() ? TIED : Map.of(),
            Qwen3VlDcp::isOfExperts,
            false));
  }

  /** Plans {@code dcp_to_hf}. */
  public static ConversionPlan dcpToHf(Qwen3VlDcpToHfOptions options) {
    return HfImport.plan(
        new HfImport.Job(
            "Qwen3VLConverter dcp_to_hf",
            options.loadDir(),
            options.saveDir(),
            options.assetsDir(),
            NAMES,
            Qwen3VlDcp::isOfExperts,
            options.toBf16()));
  }

  /** Plans {@code lora_hf_to_dcp}. */
  public static ConversionPlan loraHfToDcp(LoraHfToDcpOptions options) {
    return DcpExport.plan(
        new DcpExport.Job(
            "Qwen3VLConverter lora_hf_to_dcp",
            options.hfDir(),
            options.dcpDir(),
            Qwen3VlDcp::adapterName,
            Map.of(),
            name -> false,
            false));
  }

  /** Plans {@code merge_mm_lora_dcp_weight_to_base_hf}. */
  public static ConversionPlan mergeLora(MergeDcpLoraOptions options) {
    DcpSource source = DcpSource.open(options.loraDcpDir());
    LoraAdapters adapters =
        LoraAdapters.find(source.path().toString(), source.views(), options.targets());
    return HfMerge.plan(
        new HfMerge.Job(
            "Qwen3VLConverter merge_mm_lora_dcp_weight_to_base_hf",
            options.baseHfDir(),
            options.saveDir(),
            adapters,
            LORA_BASE_NAMES.dcpPrefix(),
            new LoraMerge(options.scaling(), true, Optional.of(FloatFormat.BF16)),
            source.files()));
  }

  /** Dense layers have a {@code down_proj} as well; theirs is a matrix in the first place. */
  private static boolean isOfExperts(String name) {
    return name.contains("experts.")
        && (name.contains("gate_up_proj") || name.contains("down_proj"));
  }

  private static String adapterName(String name) {
    String renamed = NameRule.replaceFirst(name, "base_model.", "base_model.model.");
    return NameRule.replaceFirst(renamed, ".weight", ".default.weight");
  }
}
