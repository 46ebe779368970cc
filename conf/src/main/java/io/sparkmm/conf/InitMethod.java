package io.sparkmm.conf;

/** How weights are drawn when nothing is loaded, {@code init_method} of the model file. */
public enum InitMethod implements NamedValue {
  /** Every matrix and embedding N(0, {@code init_method_std}). */
  NORMAL("normal"),
  /** Every matrix N(0, 1/sqrt(fan in)), embeddings N(0, 0.1). */
  FAN_IN("fan_in");

  private final String text;

  InitMethod(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
