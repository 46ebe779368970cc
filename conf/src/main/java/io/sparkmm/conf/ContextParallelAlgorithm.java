package io.sparkmm.conf;

/** How sequences are split, {@code --context-parallel-algo}. */
public enum ContextParallelAlgorithm implements NamedValue {
  /** All-to-all over heads. */
  ULYSSES("ulysses_cp_algo"),
  /** Ring attention. */
  MEGATRON("megatron_cp_algo"),
  /** Both. */
  HYBRID("hybrid_cp_algo");

  private final String text;

  ContextParallelAlgorithm(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
