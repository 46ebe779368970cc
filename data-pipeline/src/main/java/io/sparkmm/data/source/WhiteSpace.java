package io.sparkmm.data.source;

/** White space as Python's {@code str.strip} understands it. */
final class WhiteSpace {
  private static final int NEXT_LINE = 0x85;

  private WhiteSpace() {}

  /** The text without white space at both ends; no-break spaces are white space, too. */
  static String strip(String text) {
    int start = 0;
    int end = text.length();
    // All white space lies in the basic plane, so chars are enough.
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == NEXT_LINE;
  }
}
