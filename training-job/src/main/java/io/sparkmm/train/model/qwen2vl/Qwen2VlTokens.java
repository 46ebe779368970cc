package io.sparkmm.train.model.qwen2vl;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Ids of the tokens that have a meaning for the model.
 *
 * @param image placeholder of one merged vision token of a picture
 * @param video placeholder of one merged vision token of a video
 * @param visionStart stands before the placeholders of a picture or video
 * @param visionEnd stands behind them
 * @param bos first token of a text, if the tokenizer has one
 * @param eos tokens that end a generated text
 */
public record Qwen2VlTokens(
    int image, int video, int visionStart, int visionEnd, OptionalInt bos, List<Integer> eos) {
  public Qwen2VlTokens {
    Objects.requireNonNull(bos, "bos");
    eos = List.copyOf(eos);
  }

  /** The ids of the published tokenizer. */
  public static Qwen2VlTokens published() {
    return new Qwen2VlTokens(
        151655, 151656, 151652, 151653, OptionalInt.of(151643), List.of(151645, 151643));
  }
}
