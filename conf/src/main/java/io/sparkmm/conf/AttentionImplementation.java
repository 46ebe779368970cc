package io.sparkmm.conf;

/** Kernel of attention, {@code attn_implementation}. */
public enum AttentionImplementation implements NamedValue {
  /** Plain operators. */
  EAGER("eager"),
  /** Scaled dot product attention. */
  SDPA("sdpa"),
  /** Fused kernel. */
  FLASH_ATTENTION_2("flash_attention_2"),
  /** Fused kernel over sequences of different length. */
  VAR_LEN("var_len_fa");

  private final String text;

  AttentionImplementation(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
