package io.sparkmm.data.shapes;

import java.nio.charset.StandardCharsets;

/**
 * The printable characters that byte-level tokenizers write for the 256 bytes: a printable Latin-1
 * character stands for itself, the n-th other byte for code point 256 + n.
 */
final class ByteLevelAlphabet {
  private static final int BYTES = 256;
  private static final char[] CHARACTERS = new char[BYTES];
  private static final String ORDERED;

  static {
    StringBuilder printable = new StringBuilder();
    StringBuilder shifted = new StringBuilder();
    for (int value = 0; value < BYTES; value++) {
      if (isPrintable(value)) {
        CHARACTERS[value] = (char) value;
        printable.append(CHARACTERS[value]);
      } else {
        CHARACTERS[value] = (char) (BYTES + shifted.length());
        shifted.append(CHARACTERS[value]);
      }
    }
    ORDERED = printable.append(shifted).toString();
  }

  private ByteLevelAlphabet() {}

  /** All 256 characters in the usual order of token ids: the printable bytes first. */
  static String ordered() {
    return ORDERED;
  }

  /** The UTF-8 bytes of a text, one character each. */
  static String encode(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      encoded.append(CHARACTERS[value & 0xff]);
    }
    return encoded.toString();
  }

  private static boolean isPrintable(int value) {
    return (value >= '!' && value <= '~')
        || (value >= 0xa1 && value <= 0xac)
        || (value >= 0xae && value <= 0xff);
  }
}
