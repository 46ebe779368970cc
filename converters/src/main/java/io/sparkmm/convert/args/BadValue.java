package io.sparkmm.convert.args;

/**
 * A value that does not fit its option. The message is a verb phrase that goes on after the
 * option's name, such as {@code must be true or false, got "maybe"}.
 */
final class BadValue extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final boolean ofCommand;

  private BadValue(String message, boolean ofCommand) {
    super(message);
    this.ofCommand = ofCommand;
  }

  /** The value must be something else. */
  static BadValue of(String message) {
    return new BadValue(message, false);
  }

  /** The message goes on after the command's name: another command would take the value. */
  static BadValue ofCommand(String message) {
    return new BadValue(message, true);
  }

  boolean ofCommand() {
    return ofCommand;
  }
}
