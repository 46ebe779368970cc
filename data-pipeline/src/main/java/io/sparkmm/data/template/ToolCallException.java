package io.sparkmm.data.template;

/** A tool call that cannot be written in the template's form. */
public final class ToolCallException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception that says what is wrong with the call. */
  public ToolCallException(String detail) {
    super(detail);
  }
}
