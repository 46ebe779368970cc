package io.sparkmm.conf;

/** Shape of the last part of a WSD schedule, {@code --lr-wsd-decay-style}. */
public enum WsdDecayStyle implements NamedValue {
  /** Exponential. */
  EXPONENTIAL("exponential"),
  /** Linear. */
  LINEAR("linear"),
  /** Cosine. */
  COSINE("cosine");

  private final String text;

  WsdDecayStyle(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
