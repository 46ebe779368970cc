package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.RmsNorm;
import org.bytedeco.pytorch.Tensor;

/** Attention and feed-forward layer, each behind a normalisation and with a residual path. */
final class DecoderLayer extends Module {
  private final SelfAttention attention;
  private final GatedMlp mlp;
  private final RmsNorm inputNorm;
  private final RmsNorm postAttentionNorm;

  DecoderLayer(Qwen2VlTextConfig config, int layer) {
    attention = child("self_attn", new SelfAttention(config, layer));
    mlp = child("mlp", new GatedMlp(config));
    inputNorm = child("input_layernorm", norm(config));
    postAttentionNorm = child("post_attention_layernorm", norm(config));
  }

  private static RmsNorm norm(Qwen2VlTextConfig config) {
    return new RmsNorm(config.hiddenSize(), config.rmsNormEpsilon());
  }

  /** Maps {@code [B, S, H]} to {@code [B, S, H]}. */
  Tensor forward(Tensor x, DecoderPass pass) {
    return call(
        inputs -> {
          Tensor attended = inputs[0].add(attention.forward(inputNorm.forward(inputs[0]), pass));
          return attended.add(mlp.forward(postAttentionNorm.forward(attended)));
        },
        x);
  }
}
