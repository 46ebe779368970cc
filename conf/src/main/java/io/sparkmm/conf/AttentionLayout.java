package io.sparkmm.conf;

/** Order of dimensions in attention, {@code attn_layout}. */
public enum AttentionLayout implements NamedValue {
  /** Batch, heads, sequence, head size. */
  BNSD("BNSD"),
  /** Batch, sequence, heads, head size. */
  BSND("BSND"),
  /** Sequence, batch, hidden. */
  SBH("SBH"),
  /** Batch, sequence, hidden. */
  BSH("BSH"),
  /** Tokens of all sequences, heads, head size. */
  TND("TND");

  private final String text;

  AttentionLayout(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
