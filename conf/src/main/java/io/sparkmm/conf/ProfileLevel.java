package io.sparkmm.conf;

/** Depth of a profile, {@code profile.static_param.level}. */
public enum ProfileLevel implements NamedValue {
  /** Coarse. */
  LEVEL0("level0"),
  /** Medium. */
  LEVEL1("level1"),
  /** Fine. */
  LEVEL2("level2");

  private final String text;

  ProfileLevel(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
