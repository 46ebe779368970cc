package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.model.ModelException;
import java.util.Objects;

/**
 * Everything that decides names, shapes and arithmetic of a Qwen2-VL model.
 *
 * @param text the language model
 * @param vision the vision tower
 * @param tokens special token ids
 * @param tieWordEmbeddings whether the head uses the embedding table
 */
public record Qwen2VlConfig(
    Qwen2VlTextConfig text,
    Qwen2VlVisionConfig vision,
    Qwen2VlTokens tokens,
    boolean tieWordEmbeddings) {
  /** Value of {@code model_type} in configuration files. */
  public static final String MODEL_TYPE = "qwen2_vl";

  public Qwen2VlConfig {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(vision, "vision");
    Objects.requireNonNull(tokens, "tokens");
    if (vision.outputSize() != text.hiddenSize()) {
      throw new ModelException(
          ModelException.Kind.CONFIG,
          "Cannot use vision_config.hidden_size "
              + vision.outputSize()
              + ": the language model's hidden_size is "
              + text.hiddenSize());
    }
  }
}
