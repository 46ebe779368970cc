package io.sparkmm.conf;

/** Normalisation of a layer, {@code normalization}. */
public enum Normalization implements NamedValue {
  /** Mean and variance, with bias. */
  LAYER_NORM("LayerNorm"),
  /** Root mean square, no bias. */
  RMS_NORM("RMSNorm");

  private final String text;

  Normalization(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
