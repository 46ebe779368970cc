package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.Attention;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.RotaryTable;
import io.sparkmm.train.torch.FloatTypes;
import io.sparkmm.train.torch.Scoped;
import org.bytedeco.pytorch.Tensor;

/** Causal attention with grouped key/value heads and rotary positions. */
final class SelfAttention extends Module {
  private final Linear queries;
  private final Linear keys;
  private final Linear values;
  private final Linear output;
  private final int layer;
  private final int headSize;

  SelfAttention(Qwen2VlTextConfig config, int layer) {
    this.layer = layer;
    headSize = config.headSize();
    long width = (long) config.heads() * headSize;
    long kvWidth = (long) config.kvHeads() * headSize;
    queries = child("q_proj", new Linear(config.hiddenSize(), width, true));
    keys = child("k_proj", new Linear(config.hiddenSize(), kvWidth, true));
    values = child("v_proj", new Linear(config.hiddenSize(), kvWidth, true));
    output = child("o_proj", new Linear(width, config.hiddenSize(), false));
  }

  /** Maps {@code [B, S, H]} to {@code [B, S, H]}. */
  Tensor forward(Tensor x, DecoderPass pass) {
    return call(
        inputs -> {
          Tensor q = queries.forward(inputs[0]);
          Tensor k = keys.forward(inputs[0]);
          Tensor v = values.forward(inputs[0]);
          return output.forward(Scoped.compute(() -> attend(q, k, v, pass)));
        },
        x);
  }

  private Tensor attend(Tensor q, Tensor k, Tensor v, DecoderPass pass) {
    RotaryTable rope = pass.rope().as(FloatTypes.of(q));
    Tensor rotatedQ = rope.rotate(byHead(q)).transpose(1, 2);
    Tensor rotatedK = rope.rotate(byHead(k)).transpose(1, 2);
    Tensor byHeadV = byHead(v).transpose(1, 2);
    if (pass.cache().isPresent()) {
      KvCache cache = pass.cache().get();
      rotatedK = cache.appendKeys(layer, rotatedK);
      byHeadV = cache.appendValues(layer, byHeadV);
    }
    Tensor attended = Attention.attend(rotatedQ, rotatedK, byHeadV, pass.mask());
    return attended.transpose(1, 2).reshape(q.size(0), q.size(1), -1);
  }

  private Tensor byHead(Tensor x) {
    return x.view(x.size(0), x.size(1), -1, headSize);
  }
}
