package io.sparkmm.conf;

/** Shape of the learning rate after warm-up, {@code --lr-decay-style}. */
public enum LrDecayStyle implements NamedValue {
  /** Stays at the peak. */
  CONSTANT("constant"),
  /** Straight line to the minimum. */
  LINEAR("linear"),
  /** Half a cosine to the minimum. */
  COSINE("cosine"),
  /** Falls with the root of the sample count. */
  INVERSE_SQUARE_ROOT("inverse-square-root"),
  /** Stays, then decays in the last part. */
  WSD("WSD");

  private final String text;

  LrDecayStyle(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
