package io.sparkmm.data.tokenizer;

/**
 * Cuts a text where the pre-tokenizer of the Qwen2 family cuts it, for the characters on which
 * Unicode normalisation and all versions of the Unicode tables agree: Latin-1 and the dashes,
 * quotes and dots of U+2010 to U+2027. The pattern is {@link TokenizerFiles#QWEN2_PATTERN}.
 */
final class PieceScanner {
  private static final byte LETTER = 0;
  private static final byte NUMBER = 1;
  private static final byte LINE_END = 2;
  private static final byte SPACE = 3;
  private static final byte OTHER = 4;

  private static final int LATIN = 0x100;
  private static final char FIRST_PUNCTUATION = '\u2010';
  private static final char LAST_PUNCTUATION = '\u2027';
  private static final char NEXT_LINE = '\u0085';
  private static final char NO_BREAK_SPACE = '\u00a0';

  private static final byte[] KINDS = kinds();

  private PieceScanner() {}

  /** Whether all characters of a text are of those that this class knows. */
  static boolean knows(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= LATIN && (c < FIRST_PUNCTUATION || c > LAST_PUNCTUATION)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The end of the piece that begins at {@code from}.
   *
   * @param text a text that {@link #knows} accepts
   * @param from start of the piece, before {@code to}
   * @param to end of the text to cut; characters behind it are not looked at
   */
  static int end(String text, int from, int to) {
    char first = text.charAt(from);
    byte kind = kind(first);
    if (first == '\'') {
      int end = contraction(text, from, to);
      if (end > from) {
        return end;
      }
    }
    if (kind == LETTER) {
      return skip(text, from + 1, to, LETTER);
    }
    if (kind == NUMBER) {
      return from + 1;
    }
    if (kind != LINE_END && from + 1 < to && kind(text.charAt(from + 1)) == LETTER) {
      return skip(text, from + 2, to, LETTER);
    }
    int symbols = first == ' ' ? from + 1 : from;
    if (symbols < to && kind(text.charAt(symbols)) == OTHER) {
      return skip(text, skip(text, symbols + 1, to, OTHER), to, LINE_END);
    }
    return blanks(text, from, to);
  }

  /** The end of white space: behind its last line end, else before the blank of the next word. */
  private static int blanks(String text, int from, int to) {
    int end = from;
    int behindLineEnd = from;
    while (end < to) {
      byte kind = kind(text.charAt(end));
      if (kind != SPACE && kind != LINE_END) {
        break;
      }
      end++;
      if (kind == LINE_END) {
        behindLineEnd = end;
      }
    }
    if (behindLineEnd > from) {
      return behindLineEnd;
    }
    return end < to && end - from > 1 ? end - 1 : end;
  }

  private static int contraction(String text, int from, int to) {
    if (from + 1 >= to) {
      return from;
    }
    char second = lower(text.charAt(from + 1));
    if (second == 's' || second == 't' || second == 'm' || second == 'd') {
      return from + 2;
    }
    if (from + 2 >= to) {
      return from;
    }
    char third = lower(text.charAt(from + 2));
    boolean known =
        (second == 'r' && third == 'e')
            || (second == 'v' && third == 'e')
            || (second == 'l' && third == 'l');
    return known ? from + 3 : from;
  }

  private static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
  }

  private static int skip(String text, int from, int to, byte kind) {
    int end = from;
    while (end < to && kind(text.charAt(end)) == kind) {
      end++;
    }
    return end;
  }

  private static byte kind(char c) {
    return c < LATIN ? KINDS[c] : OTHER;
  }

  private static byte[] kinds() {
    byte[] kinds = new byte[LATIN];
    for (char c = 0; c < LATIN; c++) {
      kinds[c] = kindOf(c);
    }
    return kinds;
  }

  private static byte kindOf(char c) {
    if (c == '\r' || c == '\n') {
      return LINE_END;
    }
    if ((c >= '\t' && c <= '\r') || c == ' ' || c == NEXT_LINE || c == NO_BREAK_SPACE) {
      return SPACE;
    }
    return switch (Character.getType(c)) {
      case Character.UPPERCASE_LETTER, Character.LOWERCASE_LETTER, Character.OTHER_LETTER -> LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.OTHER_NUMBER -> NUMBER;
      default -> OTHER;
    };
  }
}
