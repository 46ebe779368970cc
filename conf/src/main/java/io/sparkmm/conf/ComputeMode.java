package io.sparkmm.conf;

/** How logits are formed, {@code loss_cfg.compute_mode}. */
public enum ComputeMode implements NamedValue {
  /** All at once. */
  DEFAULT("default"),
  /** In chunks of a fixed number of tokens. */
  CHUNK("chunk"),
  /** In chunks with a limit on batch × tokens. */
  DYNAMIC_CHUNK("dynamic_chunk");

  private final String text;

  ComputeMode(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
