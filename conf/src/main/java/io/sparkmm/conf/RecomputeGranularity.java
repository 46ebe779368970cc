package io.sparkmm.conf;

/** What Megatron-style recomputation covers, {@code recompute_granularity}. */
public enum RecomputeGranularity implements NamedValue {
  /** Whole layers. */
  FULL("full"),
  /** The attention core only. */
  SELECTIVE("selective");

  private final String text;

  RecomputeGranularity(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
