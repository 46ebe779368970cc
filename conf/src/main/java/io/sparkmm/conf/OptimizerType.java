package io.sparkmm.conf;

/** Update rule, {@code --optimizer}. */
public enum OptimizerType implements NamedValue {
  /** AdamW. */
  ADAM("adam"),
  /** Gradient descent with momentum. */
  SGD("sgd"),
  /** Muon. */
  MUON("muon");

  private final String text;

  OptimizerType(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
