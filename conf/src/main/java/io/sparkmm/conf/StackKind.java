package io.sparkmm.conf;

/** Call stacks in a memory profile, {@code memory_profile.stacks}. */
public enum StackKind implements NamedValue {
  /** Of the program. */
  PYTHON("python"),
  /** Of the program and of native code. */
  ALL("all");

  private final String text;

  StackKind(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
