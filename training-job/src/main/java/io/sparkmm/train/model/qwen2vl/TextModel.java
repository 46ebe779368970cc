package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.nn.Embedding;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.ModuleList;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.nn.RmsNorm;
import io.sparkmm.train.torch.Constants;
import io.sparkmm.train.torch.FloatTypes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Embedding, decoder layers and final normalisation. */
final class TextModel extends Module {
  private static final Scalar ZERO = Constants.scalar(0);

  private final Embedding embedding;
  private final ModuleList<DecoderLayer> layers;
  private final RmsNorm norm;
  private final long hiddenSize;

  TextModel(Qwen2VlTextConfig config) {
    hiddenSize = config.hiddenSize();
    embedding =
        child("embed_tokens", new Embedding(config.vocabSize(), hiddenSize, config.padTokenId()));
    layers = child("layers", new ModuleList<>(config.layers(), i -> new DecoderLayer(config, i)));
    norm = child("norm", new RmsNorm(hiddenSize, config.rmsNormEpsilon()));
  }

  /** The table, for a head that is tied to it. */
  Parameter embeddingTable() {
    return embedding.weight();
  }

  /**
   * Computes final states.
   *
   * @param input ids, cells and positions
   * @param vision vision tokens {@code [M, H]}, or nothing when no picture takes part
   * @return {@code [n, H]} for the selected cells, or {@code [B*S, H]}
   */
  Tensor forward(TextInput input, Tensor... vision) {
    return call(inputs -> compute(input, inputs), vision);
  }

  private Tensor compute(TextInput input, Tensor[] vision) {
    Tensor x = embedding.forward(input.ids());
    if (vision.length > 0) {
      x = mix(x, vision[0], input);
    }
    DecoderPass shared = input.positions();
    DecoderPass pass =
        new DecoderPass(shared.rope().as(FloatTypes.of(x)), shared.mask(), shared.cache());
    for (DecoderLayer layer : layers.elements()) {
      x = layer.forward(x, pass);
    }
    Tensor flat = x.view(-1, hiddenSize);
    return norm.forward(
        input.selected().isPresent() ? flat.index_select(0, input.selected().get()) : flat);
  }

  private Tensor mix(Tensor x, Tensor vision, TextInput input) {
    Tensor features = FloatTypes.cast(vision, FloatTypes.of(x));
    if (input.visionCells().isEmpty()) {
      return x.add(features.sum().mul(ZERO));
    }
    return x.view(-1, hiddenSize)
        .index_copy(0, input.visionCells().get(), features)
        .view(x.size(0), x.size(1), hiddenSize);
  }
}
