package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.nn.Activation;
import java.util.Objects;

/**
 * Sizes of the vision tower.
 *
 * @param depth transformer blocks
 * @param embedDim width of the tower; {@code embedDim / heads} is the head size, a multiple of 4
 * @param outputSize width of a merged vision token, equal to the language model's hidden size
 * @param mlpWidth width of the feed-forward layer
 * @param heads attention heads
 * @param inChannels colour channels
 * @param patchSize side of a patch in pixels
 * @param temporalPatchSize frames per patch
 * @param spatialMergeSize side of the block of patches that becomes one token
 * @param activation of the feed-forward layer
 * @param initializerRange standard deviation of fresh weights
 */
public record Qwen2VlVisionConfig(
    int depth,
    int embedDim,
    int outputSize,
    int mlpWidth,
    int heads,
    int inChannels,
    int patchSize,
    int temporalPatchSize,
    int spatialMergeSize,
    Activation activation,
    double initializerRange) {
  public Qwen2VlVisionConfig {
    Objects.requireNonNull(activation, "activation");
    Sizes.positive("vision_config.depth", depth);
    Sizes.positive("vision_config.embed_dim", embedDim);
    Sizes.positive("vision_config.hidden_size", outputSize);
    Sizes.positive("vision_config.embed_dim * mlp_ratio", mlpWidth);
    Sizes.positive("vision_config.num_heads", heads);
    Sizes.positive("vision_config.in_channels", inChannels);
    Sizes.positive("vision_config.patch_size", patchSize);
    Sizes.positive("vision_config.temporal_patch_size", temporalPatchSize);
    Sizes.positive("vision_config.spatial_merge_size", spatialMergeSize);
    Sizes.divides("vision_config.num_heads", heads, "vision_config.embed_dim", embedDim);
    if (embedDim / heads % 4 != 0) {
      throw new ModelException(
          ModelException.Kind.CONFIG,
          "Cannot use vision_config.num_heads "
              + heads
              + ": the head size "
              + embedDim / heads
              + " is not a multiple of 4, as positions in two directions need it");
    }
  }

  /** Numbers in one row of {@code pixel_values}: channels, frames, rows, columns of a patch. */
  public int patchValues() {
    return inChannels * temporalPatchSize * patchSize * patchSize;
  }

  /** Channels of one attention head. */
  public int headSize() {
    return embedDim / heads;
  }

  /** Patches that become one token. */
  public int mergedPatches() {
    return spatialMergeSize * spatialMergeSize;
  }
}
