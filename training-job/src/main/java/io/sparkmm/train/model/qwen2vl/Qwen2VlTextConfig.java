package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.nn.Activation;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Sizes of the language model.
 *
 * @param vocabSize rows of the embedding and of the head
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the gated feed-forward layer
 * @param layers decoder layers
 * @param heads query heads; {@code hiddenSize / heads} is the head size
 * @param kvHeads key/value heads, a divisor of {@code heads}
 * @param activation of the gate
 * @param maxPositions longest sequence that the model is meant for
 * @param rmsNormEpsilon term under the root of the normalisation
 * @param ropeTheta base of the rotary frequencies
 * @param mropeSection frequencies that follow the time, row and column axis; they add up to half
 *     the head size
 * @param initializerRange standard deviation of fresh weights
 * @param padTokenId embedding row that starts at zero and gets no gradient, if any
 */
public record Qwen2VlTextConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int kvHeads,
    Activation activation,
    int maxPositions,
    double rmsNormEpsilon,
    double ropeTheta,
    List<Integer> mropeSection,
    double initializerRange,
    OptionalInt padTokenId) {
  public Qwen2VlTextConfig {
    Objects.requireNonNull(activation, "activation");
    Objects.requireNonNull(padTokenId, "padTokenId");
    mropeSection = List.copyOf(mropeSection);
    Sizes.positive("vocab_size", vocabSize);
    Sizes.positive("hidden_size", hiddenSize);
    Sizes.positive("intermediate_size", intermediateSize);
    Sizes.positive("num_hidden_layers", layers);
    Sizes.positive("num_attention_heads", heads);
    Sizes.positive("num_key_value_heads", kvHeads);
    Sizes.positive("max_position_embeddings", maxPositions);
    Sizes.divides("num_attention_heads", heads, "hidden_size", hiddenSize);
    Sizes.divides("num_key_value_heads", kvHeads, "num_attention_heads", heads);
    int half = hiddenSize / heads / 2;
    if (hiddenSize / heads % 2 != 0
        || mropeSection.size() != 3
        || mropeSection.stream().anyMatch(size -> size < 0)
        || mropeSection.stream().mapToInt(Integer::intValue).sum() != half) {
      throw new ModelException(
          ModelException.Kind.CONFIG,
          "Cannot use mrope_section "
              + mropeSection
              + ": needed are three sizes for time, rows and columns that add up to half of the head"
              + " size "
              + hiddenSize / heads);
    }
    if (padTokenId.isPresent()
        && (padTokenId.getAsInt() < 0 || padTokenId.getAsInt() >= vocabSize)) {
      throw new ModelException(
          ModelException.Kind.CONFIG,
          "Cannot use pad_token_id "
              + padTokenId.getAsInt()
              + ": the vocabulary has "
              + vocabSize
              + " entries");
    }
  }

  /** Channels of one attention head. */
  public int headSize() {
    return hiddenSize / heads;
  }
}
