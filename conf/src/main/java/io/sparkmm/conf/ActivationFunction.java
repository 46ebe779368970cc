package io.sparkmm.conf;

/** Activation of an MLP, {@code activation_func}. */
public enum ActivationFunction implements NamedValue {
  /** x · sigmoid(x). */
  SILU("silu"),
  /** x · sigmoid(1.702 x). */
  QUICK_GELU("quick_gelu"),
  /** GELU in its tanh form. */
  GELU_TANH("gelu_pytorch_tanh"),
  /** GELU by the error function. */
  GELU("gelu");

  private final String text;

  ActivationFunction(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
