package io.sparkmm.conf;

/** Preference loss, {@code --dpo-loss-type}. */
public enum DpoLossType implements NamedValue {
  /** The original DPO loss. */
  SIGMOID("sigmoid");

  private final String text;

  DpoLossType(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
