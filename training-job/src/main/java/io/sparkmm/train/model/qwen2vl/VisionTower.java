package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.ModuleList;
import io.sparkmm.train.nn.RotaryFrequencies;
import io.sparkmm.train.nn.RotaryTable;
import io.sparkmm.train.torch.FloatTypes;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Turns the patches of pictures and video clips into tokens of the language model's width. */
final class VisionTower extends Module {
  static final double NORM_EPSILON = 1e-6;
  private static final double ROPE_THETA = 10000;

  private final PatchEmbed patchEmbed;
  private final ModuleList<VisionBlock> blocks;
  private final PatchMerger merger;
  private final Qwen2VlVisionConfig config;

  VisionTower(Qwen2VlVisionConfig config) {
    this.config = config;
    patchEmbed = child("patch_embed", new PatchEmbed(config));
    blocks = child("blocks", new ModuleList<>(config.depth(), i -> new VisionBlock(config)));
    merger = child("merger", new PatchMerger(config));
  }

  /**
   * Computes the vision tokens.
   *
   * @param pixels {@code [N, C*T*P*P]}, patches of all grids in order
   * @param grids patch grids; their patches add up to N
   * @return {@code [M, H]} in reading order of the grids: frame, row, column
   */
  Tensor forward(Tensor pixels, List<Grid> grids) {
    VisionLayout layout = VisionLayout.of(grids, config.spatialMergeSize());
    return call(inputs -> compute(inputs[0], layout), pixels);
  }

  private Tensor compute(Tensor pixels, VisionLayout layout) {
    Tensor x = patchEmbed.forward(pixels);
    RotaryTable rope = rope(layout, x);
    for (VisionBlock block : blocks.elements()) {
      x = block.forward(x, rope, layout.runs());
    }
    return merger.forward(x);
  }

  private RotaryTable rope(VisionLayout layout, Tensor x) {
    ScalarType type = FloatTypes.atLeastFloat32(FloatTypes.of(x));
    RotaryFrequencies frequencies = RotaryFrequencies.of(config.headSize() / 2, ROPE_THETA, type);
    long[] shape = {layout.patches(), 1, 1, config.headSize()};
    return RotaryTable.of(layout.angles(frequencies), shape, type, x.device());
  }
}
