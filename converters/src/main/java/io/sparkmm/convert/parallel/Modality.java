package io.sparkmm.convert.parallel;

import java.util.Optional;

/** The parts of a model that are laid out on the pipeline independently of each other. */
public enum Modality {
  TEXT("text_decoder.", "llm"),
  VISION("image_encoder.", "vit"),
  AUDIO("audio_encoder.", "audio");

  private final String prefix;
  private final String option;

  Modality(String prefix, String option) {
    this.prefix = prefix;
    this.option = option;
  }

  /** What the names of its tensors begin with on the side of the training framework. */
  public String prefix() {
    return prefix;
  }

  /** The word that options use, as in {@code llm_pp_layers}. */
  public String option() {
    return option;
  }

  /**
   * The modality of a tensor of the training framework; empty when its name has no known prefix.
   */
  public static Optional<Modality> of(String key) {
    for (Modality modality : values()) {
      if (key.startsWith(modality.prefix)) {
        return Optional.of(modality);
      }
    }
    return Optional.empty();
  }
}
