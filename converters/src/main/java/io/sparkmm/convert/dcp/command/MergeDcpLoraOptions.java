package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;
import java.util.List;

/**
 * Options of {@code Qwen3VLConverter merge_mm_lora_dcp_weight_to_base_hf}.
 *
 * @param baseHfDir Hugging Face folder of the base model
 * @param loraDcpDir folder with the {@code .metadata} of adapters, or a checkpoint with a tracker
 *     file
 * @param targets parts of names of the layers to merge; empty for all
 * @param saveDir where the result appears
 * @param scaling factor of the product, alpha / rank
 */
public record MergeDcpLoraOptions(
    Path baseHfDir, Path loraDcpDir, List<String> targets, Path saveDir, double scaling) {

  public MergeDcpLoraOptions {
    targets = List.copyOf(targets);
  }
}
