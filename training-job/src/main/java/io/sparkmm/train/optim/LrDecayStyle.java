package io.sparkmm.train.optim;

import java.util.Locale;
import java.util.Optional;

/** How the learning rate goes from its peak to its floor after the warm-up. */
public enum LrDecayStyle {
  /** Stays at the peak. */
  CONSTANT("constant"),
  /** Falls by equal amounts. */
  LINEAR("linear"),
  /** Falls along half a cosine. */
  COSINE("cosine"),
  /** Falls with the inverse square root of the samples seen. */
  INVERSE_SQUARE_ROOT("inverse-square-root"),
  /** Stays at the peak, then falls in a last stretch of its own style. */
  WSD("WSD");

  private final String word;

  LrDecayStyle(String word) {
    this.word = word;
  }

  /** The word used for the style in launch arguments. */
  public String word() {
    return word;
  }

  /** The style of a launch argument's word, whose case does not matter. */
  public static Optional<LrDecayStyle> of(String word) {
    for (LrDecayStyle style : values()) {
      if (style.word.toLowerCase(Locale.ROOT).equals(word.toLowerCase(Locale.ROOT))) {
        return Optional.of(style);
      }
    }
    return Optional.empty();
  }
}
