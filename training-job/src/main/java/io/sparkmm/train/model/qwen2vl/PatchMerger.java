package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.Activation;
import io.sparkmm.train.nn.LayerNorm;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.Module;
import org.bytedeco.pytorch.Tensor;

/** Turns each block of neighbouring patches into one token of the language model's width. */
final class PatchMerger extends Module {
  private final LayerNorm norm;
  private final Mlp mlp;
  private final long mergedWidth;

  PatchMerger(Qwen2VlVisionConfig config) {
    mergedWidth = (long) config.embedDim() * config.mergedPatches();
    norm = child("ln_q", new LayerNorm(config.embedDim(), VisionTower.NORM_EPSILON));
    mlp = child("mlp", new Mlp(mergedWidth, config.outputSize()));
  }

  /** Maps {@code [N, D]} to {@code [M, H]}; the patches of a block are consecutive rows. */
  Tensor forward(Tensor x) {
    return call(inputs -> mlp.forward(norm.forward(inputs[0]).view(-1, mergedWidth)), x);
  }

  /** Two linear layers at the positions 0 and 2; position 1 is the activation. */
  private static final class Mlp extends Module {
    private final Linear first;
    private final Linear second;

    Mlp(long width, long output) {
      first = child("0", new Linear(width, width, true));
      second = child("2", new Linear(width, output, true));
    }

    Tensor forward(Tensor x) {
      return call(inputs -> second.forward(Activation.GELU.apply(first.forward(inputs[0]))), x);
    }
  }
}
