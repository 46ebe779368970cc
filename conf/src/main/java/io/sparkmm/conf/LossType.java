package io.sparkmm.conf;

/** How token losses are reduced, {@code loss_cfg.loss_type}. */
public enum LossType implements NamedValue {
  /** Mean over the valid tokens of a micro-batch. */
  DEFAULT("default"),
  /** Mean over samples of the mean over tokens. */
  PER_SAMPLE("per_sample_loss"),
  /** Mean over all tokens of the global batch. */
  PER_TOKEN("per_token_loss"),
  /** Mean over all tokens of the same micro-batch of all workers. */
  TOKEN("token_loss"),
  /** Like {@link #TOKEN}, a token weighted by the inverse root of its sample's tokens. */
  SQUARE("square_loss");

  private final String text;

  LossType(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
