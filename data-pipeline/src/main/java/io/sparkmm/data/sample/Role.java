package io.sparkmm.data.sample;

/** Who says a turn, after the role words of the source have been mapped. */
public enum Role {
  /** The user: asks. */
  USER,
  /** The model: answers, and is trained. */
  ASSISTANT,
  /** A tool's result; stands where a user turn may stand. */
  OBSERVATION,
  /** A tool call; stands where an assistant turn may stand. */
  FUNCTION,
  /** The system message. */
  SYSTEM;

  /** Whether turns of this role stand at even positions (0, 2, ...) of a conversation. */
  public boolean asks() {
    return this == USER || this == OBSERVATION;
  }

  /** Whether turns of this role stand at odd positions (1, 3, ...) of a conversation. */
  public boolean answers() {
    return this == ASSISTANT || this == FUNCTION;
  }
}
