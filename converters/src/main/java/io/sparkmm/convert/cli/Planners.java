package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Settings;
import io.sparkmm.convert.command.HfToMm;
import io.sparkmm.convert.command.LoraHfToMm;
import io.sparkmm.convert.command.LoraMmToHf;
import io.sparkmm.convert.command.MmToHf;
import io.sparkmm.convert.command.Resplit;
import io.sparkmm.convert.dcp.command.GenericDcp;
import io.sparkmm.convert.dcp.command.LoraScripts;
import io.sparkmm.convert.dcp.command.Qwen3VlDcp;
import io.sparkmm.convert.model.ModelFamilies;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.plan.ConversionPlan;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Ways from settings to plans; the only place that knows who makes them. */
final class Planners {

  private static final Map<String, BiFunction<ModelFamily, Settings, ConversionPlan>> OF_FAMILIES =
      Map.of(
          "hf_to_mm", (f, s) -> HfToMm.plan(f, Bindings.hfToMm(s, false)),
          "hf_to_mm_ldt", (f, s) -> HfToMm.plan(f, Bindings.hfToMm(s, true)),
          "mm_to_hf", (f, s) -> MmToHf.plan(f, Bindings.mmToHf(s)),
          "resplit", (f, s) -> Resplit.plan(f, Bindings.resplit(s)),
          "lora_hf_to_mm", (f, s) -> LoraHfToMm.plan(f, Bindings.loraHfToMm(s)),
          "lora_mm_to_hf", (f, s) -> LoraMmToHf.plan(f, Bindings.loraMmToHf(s)));

  private static final Map<List<String>, Function<Settings, ConversionPlan>> OTHERS =
      Map.of(
          List.of("GenericDCPConverter", "hf_to_dcp"),
          s -> GenericDcp.hfToDcp(DcpBindings.genericHfToDcp(s)),
          List.of("GenericDCPConverter", "dcp_to_hf"),
          s -> GenericDcp.dcpToHf(DcpBindings.genericDcpToHf(s)),
          List.of("Qwen3VLConverter", "hf_to_dcp"),
          s -> Qwen3VlDcp.hfToDcp(DcpBindings.qwen3HfToDcp(s)),
          List.of("Qwen3VLConverter", "dcp_to_hf"),
          s -> Qwen3VlDcp.dcpToHf(DcpBindings.qwen3DcpToHf(s)),
          List.of("Qwen3VLConverter", "lora_hf_to_dcp"),
          s -> Qwen3VlDcp.loraHfToDcp(DcpBindings.qwen3LoraHfToDcp(s)),
          List.of("Qwen3VLConverter", "merge_mm_lora_dcp_weight_to_base_hf"),
          s -> Qwen3VlDcp.mergeLora(DcpBindings.qwen3MergeLora(s)),
          List.of("hf_to_dcp"),
          s -> GenericDcp.hfToDcp(DcpBindings.hfToDcp(s)),
          List.of("merge_dcp_to_hf"),
          s -> GenericDcp.mergeDcpToHf(DcpBindings.mergeDcpToHf(s)),
          List.of("merge_base_lora_weight"),
          s -> LoraScripts.mergeMm(DcpBindings.mergeMmLora(s)),
          List.of("merge_lora_safetensors_to_base"),
          s -> LoraScripts.mergeHf(DcpBindings.mergeHfLora(s)));

  private Planners() {}

  /**
   * What plans the command of these words.
   *
   * @throws IllegalArgumentException when nobody does
   */
  static Function<Settings, ConversionPlan> of(List<String> words) {
    Function<Settings, ConversionPlan> other = OTHERS.get(words);
    if (other != null) {
      return other;
    }
    BiFunction<ModelFamily, Settings, ConversionPlan> planner =
        words.size() == 2 ? OF_FAMILIES.get(words.get(1)) : null;
    if (planner == null) {
      throw new IllegalArgumentException("Cannot find who plans " + words);
    }
    return settings -> planner.apply(ModelFamilies.standard().family(words.get(0)), settings);
  }
}
