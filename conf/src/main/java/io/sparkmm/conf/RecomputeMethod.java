package io.sparkmm.conf;

/** How layers are chosen for recomputation, {@code recompute_method}. */
public enum RecomputeMethod implements NamedValue {
  /** Groups of layers. */
  UNIFORM("uniform"),
  /** The first layers of each stage. */
  BLOCK("block");

  private final String text;

  RecomputeMethod(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
