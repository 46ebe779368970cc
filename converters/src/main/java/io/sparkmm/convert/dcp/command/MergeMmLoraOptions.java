package io.sparkmm.convert.dcp.command;

import java.nio.file.Path;
import java.util.List;

/**
 * Options of {@code merge_base_lora_weight}.
 *
 * @param baseDir checkpoint of the base model, with a tracker file, or without one {@code release}
 * @param loraDir checkpoint of the adapters, likewise, divided like that of the base
 * @param saveDir where the result appears
 * @param targets parts of names of the layers to merge; empty for all
 * @param scaling how the product is scaled
 * @param ranks how both checkpoints are divided
 */
public record MergeMmLoraOptions(
    Path baseDir, Path loraDir, Path saveDir, List<String> targets, Scaling scaling, Ranks ranks) {

  public MergeMmLoraOptions {
    targets = List.copyOf(targets);
  }

  /**
   * The scale of adapters.
   *
   * @param alpha {@code lora_alpha}
   * @param rank {@code lora_r}, what alpha is divided by
   */
  public record Scaling(int alpha, int rank) {}

  /**
   * How a checkpoint is divided.
   *
   * @param pp number of pipeline ranks
   * @param tp number of tensor parallel ranks
   */
  public record Ranks(int pp, int tp) {}
}
