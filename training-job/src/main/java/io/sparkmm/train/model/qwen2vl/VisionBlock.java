package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.LayerNorm;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.RotaryTable;
import io.sparkmm.train.torch.FloatTypes;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Attention and feed-forward layer, each behind a normalisation and with a residual path. */
final class VisionBlock extends Module {
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final VisionAttention attn;
  private final VisionMlp mlp;

  VisionBlock(Qwen2VlVisionConfig config) {
    norm1 = child("norm1", new LayerNorm(config.embedDim(), VisionTower.NORM_EPSILON));
    norm2 = child("norm2", new LayerNorm(config.embedDim(), VisionTower.NORM_EPSILON));
    attn = child("attn", new VisionAttention(config));
    mlp = child("mlp", new VisionMlp(config));
  }

  /**
   * Maps {@code [N, D]} to {@code [N, D]}. The table is an input like the activations: where inputs
   * are converted to a narrow type it is rounded, too, while the rotation is done in float32.
   */
  Tensor forward(Tensor x, RotaryTable rope, List<VisionLayout.Run> runs) {
    return call(
        inputs -> {
          RotaryTable seen = rope.roundedTo(FloatTypes.of(inputs[1]));
          Tensor attended = inputs[0].add(attn.forward(norm1.forward(inputs[0]), seen, runs));
          return attended.add(mlp.forward(norm2.forward(attended)));
        },
        x,
        rope.cosines());
  }
}
