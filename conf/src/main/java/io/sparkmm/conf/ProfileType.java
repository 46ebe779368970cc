package io.sparkmm.conf;

/** Kind of profile, {@code profile.profile_type}. */
public enum ProfileType implements NamedValue {
  /** A fixed window of steps. */
  STATIC("static"),
  /** Steered by a file while training runs. */
  DYNAMIC("dynamic");

  private final String text;

  ProfileType(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
