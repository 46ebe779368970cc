package io.sparkmm.data.job;

import java.io.IOException;

/** Checks the encoding of JSON text, which has to be UTF-8. */
final class JsonEncoding {
  private static final int[] BYTE_ORDER_MARK = {0xef, 0xbb, 0xbf};

  private JsonEncoding() {}

  /**
   * Refuses a file whose first bytes show that it is encoded in another way. In UTF-16 and UTF-32
   * one of the first bytes is zero, or there is a mark; text in UTF-8 has no zero bytes.
   */
  static void require(byte[] start, int length) throws IOException {
    int first = length > 0 ? start[0] & 0xff : ' ';
    int second = length > 1 ? start[1] & 0xff : ' ';
    boolean mark = (first == 0xff && second == 0xfe) || (first == 0xfe && second == 0xff);
    boolean zero = false;
    for (int i = 0; i < Math.min(4, length); i++) {
      zero |= start[i] == 0;
    }
    if (mark || zero) {
      throw new IOException(
          "the file is not encoded in UTF-8 but begins as UTF-16, UTF-32 or no text at all;"
              + " convert it to UTF-8");
    }
  }

  /** Length of the byte order mark that the text begins with; 0 if there is none. */
  static int markLength(byte[] start, int length) {
    for (int i = 0; i < BYTE_ORDER_MARK.length; i++) {
      if (i >= length || (start[i] & 0xff) != BYTE_ORDER_MARK[i]) {
        return 0;
      }
    }
    return BYTE_ORDER_MARK.length;
  }

  /**
   * The position of the first byte that is no valid UTF-8, -1 if all are. Overlong forms, encoded
   * halves of surrogate pairs and numbers above U+10FFFF are invalid, too.
   */
  static int firstInvalid(byte[] bytes, int length) {
    int i = 0;
    while (i < length) {
      int first = bytes[i];
      if (first >= 0) {
        i++;
        continue;
      }
      int more = continuations(first & 0xff);
      if (more == 0 || i + more >= length || !valid(bytes, i, more)) {
        return i;
      }
      i += more + 1;
    }
    return -1;
  }

  private static int continuations(int first) {
    if (first >= 0xc2 && first <= 0xdf) {
      return 1;
    }
    if (first >= 0xe0 && first <= 0xef) {
      return 2;
    }
    return first >= 0xf0 && first <= 0xf4 ? 3 : 0;
  }

  private static boolean valid(byte[] bytes, int at, int more) {
    for (int k = 1; k <= more; k++) {
      if ((bytes[at + k] & 0xc0) != 0x80) {
        return false;
      }
    }
    int first = bytes[at] & 0xff;
    int second = bytes[at + 1] & 0xff;
    return switch (first) {
      case 0xe0 -> second >= 0xa0;
      case 0xed -> second <= 0x9f;
      case 0xf0 -> second >= 0x90;
      case 0xf4 -> second <= 0x8f;
      default -> true;
    };
  }
}
