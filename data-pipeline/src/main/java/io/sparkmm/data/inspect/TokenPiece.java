package io.sparkmm.data.inspect;

/**
 * Neighbouring tokens that are shown together.
 *
 * @param kind how to show them
 * @param text their text
 * @param firstId id of the first token
 * @param tokens how many they are
 * @param supervised whether they are trained
 */
record TokenPiece(Kind kind, String text, int firstId, int tokens, boolean supervised) {
  /** How tokens are shown. */
  enum Kind {
    /** Ordinary text. */
    TEXT,
    /** A token that no ordinary text gives. */
    SPECIAL,
    /** One token many times in a row. */
    RUN
  }
}
