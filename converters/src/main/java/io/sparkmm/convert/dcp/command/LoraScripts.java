package io.sparkmm.convert.dcp.command;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.lora.LoraAdapters;
import io.sparkmm.convert.lora.LoraMerge;
import io.sparkmm.convert.number.FloatFormat;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.view.TensorView;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The scripts {@code merge_base_lora_weight} and {@code merge_lora_safetensors_to_base}. */
public final class LoraScripts {

  private LoraScripts() {}

  /** Plans {@code merge_base_lora_weight}: rank by rank, merged weights keep their element type. */
  public static ConversionPlan mergeMm(MergeMmLoraOptions options) {
    return MmMerge.plan(options);
  }

  /** Plans {@code merge_lora_safetensors_to_base}: merged weights are bfloat16. */
  public static ConversionPlan mergeHf(MergeHfLoraOptions options) {
    double scale = HfMerge.scale(options.alpha(), options.rank());
    if (!Files.isRegularFile(options.loraFile())) {
      throw ConvertException.usage("lora_safetensors: not a file: " + options.loraFile());
    }
    Map<String, TensorView> tensors = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(options.loraFile())) {
      for (TensorRef tensor : file.tensors()) {
        tensors.put(tensor.name(), TensorView.of(tensor));
      }
    }
    LoraAdapters adapters =
        LoraAdapters.find(options.loraFile().toString(), tensors, options.targets());
    return HfMerge.plan(
        new HfMerge.Job(
            "merge_lora_safetensors_to_base",
            options.baseHfDir(),
            options.saveDir(),
            adapters,
            "",
            new LoraMerge(scale, false, Optional.of(FloatFormat.BF16)),
            List.of(options.loraFile())));
  }
}
