package io.sparkmm.conf;

/** Implementation of AdamW, {@code --optimizer-selection}. All give the same numbers here. */
public enum OptimizerSelection implements NamedValue {
  /** Fused kernel. */
  FUSED_ADAMW("fused_adamw"),
  /** Fused kernel for sharded parameters. */
  FUSED_TORCH_ADAMW("fused_torch_adamw"),
  /** Keeps an exponential average of the weights, too. */
  FUSED_EMA_ADAMW("fused_ema_adamw");

  private final String text;

  OptimizerSelection(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
