package io.sparkmm.train.model.qwen2vl;

import static org.bytedeco.pytorch.global.torch.cat;

import io.sparkmm.train.nn.Attention;
import io.sparkmm.train.nn.AttentionMask;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.RotaryTable;
import io.sparkmm.train.torch.Scoped;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** Self-attention inside each frame, in both directions, with rotary positions. */
final class VisionAttention extends Module {
  private final Linear qkv;
  private final Linear proj;
  private final int heads;
  private final int headSize;

  VisionAttention(Qwen2VlVisionConfig config) {
    heads = config.heads();
    headSize = config.headSize();
    qkv = child("qkv", new Linear(config.embedDim(), 3L * config.embedDim(), true));
    proj = child("proj", new Linear(config.embedDim(), config.embedDim(), true));
  }

  /** Maps {@code [N, D]} to {@code [N, D]}. */
  Tensor forward(Tensor x, RotaryTable rope, List<VisionLayout.Run> runs) {
    return call(
        inputs -> {
          Tensor projected = qkv.forward(inputs[0]);
          return proj.forward(Scoped.compute(() -> attend(projected, rope, runs)));
        },
        x);
  }

  private Tensor attend(Tensor projected, RotaryTable rope, List<VisionLayout.Run> runs) {
    Tensor all = projected.view(-1, 3, heads, headSize);
    Tensor rotated = rope.rotate(all.narrow(1, 0, 2));
    Tensor q = rotated.select(1, 0);
    Tensor k = rotated.select(1, 1);
    Tensor v = all.select(1, 2);
    if (runs.size() == 1) {
      return attendRun(q, k, v, runs.get(0));
    }
    TensorVector parts = new TensorVector();
    long start = 0;
    for (VisionLayout.Run run : runs) {
      long patches = (long) run.count() * run.length();
      parts.push_back(
          attendRun(
              q.narrow(0, start, patches),
              k.narrow(0, start, patches),
              v.narrow(0, start, patches),
              run));
      start += patches;
    }
    return cat(parts, 0);
  }

  private Tensor attendRun(Tensor q, Tensor k, Tensor v, VisionLayout.Run run) {
    return Attention.attend(byFrame(q, run), byFrame(k, run), byFrame(v, run), AttentionMask.none())
        .transpose(1, 2)
        .reshape(-1, (long) heads * headSize);
  }

  private Tensor byFrame(Tensor x, VisionLayout.Run run) {
    return x.view(run.count(), run.length(), heads, headSize).transpose(1, 2);
  }
}
