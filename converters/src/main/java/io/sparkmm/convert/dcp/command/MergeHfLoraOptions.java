package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;
import java.util.List;

/**
 * Options of {@code merge_lora_safetensors_to_base}.
 *
 * @param baseHfDir Hugging Face folder of the base model
 * @param loraFile safetensors file of the adapters
 * @param saveDir where the result appears
 * @param targets parts of names of the layers to merge; empty for all
 * @param alpha scale of the adapters
 * @param rank what {@code alpha} is divided by
 */
public record MergeHfLoraOptions(
    Path baseHfDir, Path loraFile, Path saveDir, List<String> targets, int alpha, int rank) {

  public MergeHfLoraOptions {
    targets = List.copyOf(targets);
  }
}
