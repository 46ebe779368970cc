package io.sparkmm.data.job;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Finds where values begin and end in JSON text that comes in pieces of any size. It looks at
 * quotes, backslashes, brackets, commas and colons only, builds nothing, and needs the same little
 * memory for any length of text and depth of nesting. What stands inside a value is not checked:
 * that is for the parser which reads the value; but brackets have to match in the first 64 levels,
 * so that one missing bracket is found near its place.
 */
final class JsonScanner {
  /** Longest string that {@link #text} gives back, in bytes. */
  static final int MAX_TEXT_BYTES = 256;

  private static final byte OTHER = 0;
  private static final byte BLANK = 1;
  private static final byte QUOTE = 2;
  private static final byte OPEN = 3;
  private static final byte CLOSE = 4;
  private static final byte SEPARATOR = 5;
  private static final byte[] KINDS = new byte[256];

  static {
    mark(" \t\n\r", BLANK);
    mark("\"", QUOTE);
    mark("[{", OPEN);
    mark("]}", CLOSE);
    mark(",:", SEPARATOR);
  }

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long LOW_BITS = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long QUOTES = LOW_BITS * '"';
  private static final long BACKSLASHES = LOW_BITS * '\\';

  private enum State {
    BETWEEN,
    STRING,
    SCALAR
  }

  /** Learns of the values down to a depth. The depth of a value is the number of its containers. */
  interface Events {
    /**
     * A value begins.
     *
     * @param first its first byte
     * @param position where that stands
     */
    void begin(int depth, byte first, long position) throws IOException;

    /**
     * A value ends.
     *
     * @param last its last byte
     * @param end position behind it
     */
    void end(int depth, byte last, long end) throws IOException;

    /** A comma or colon stands between values. */
    void separator(int depth, byte character, long position) throws IOException;
  }

  /** A bracket closes that was not opened. */
  static final class Unbalanced extends IOException {
    private static final long serialVersionUID = 1L;

    Unbalanced(byte bracket, long position) {
      super("the " + (char) bracket + " at byte " + position + " closes what was not opened");
    }
  }

  private final Events events;
  private final int maxDepth;
  private final byte[] text = new byte[MAX_TEXT_BYTES];
  private int textLength;
  private State state = State.BETWEEN;
  private boolean escaped;
  private int depth;

  /** Bit d: the container at depth d is an object. Of the first 64 levels only. */
  private long braces;

  /** Position of the current piece's first byte. */
  private long base;

  /**
   * A scanner.
   *
   * @param maxDepth depth of the deepest values that are told of
   * @param position position of the first byte that will come
   */
  JsonScanner(Events events, int maxDepth, long position) {
    this.events = events;
    this.maxDepth = maxDepth;
    this.base = position;
  }

  /**
   * Takes the next piece.
   *
   * @throws Unbalanced if a bracket closes that was not opened
   * @throws IOException if the events throw it
   */
  void scan(byte[] bytes, int length) throws IOException {
    int i = 0;
    while (i < length) {
      i =
          switch (state) {
            case BETWEEN -> between(bytes, i, length);
            case STRING -> string(bytes, i, length);
            case SCALAR -> scalar(bytes, i, length);
          };
    }
    base += length;
  }

  /** Ends the text: a number or word that reaches to its end is complete. */
  void finish() throws IOException {
    if (state == State.SCALAR) {
      state = State.BETWEEN;
      events.end(depth, (byte) 0, base);
    }
  }

  /** Whether the text may end here: outside of all containers and strings. */
  boolean complete() {
    return depth == 0 && state != State.STRING;
  }

  /**
   * The last string that the events were told of, escapes and all; empty if it is longer than
   * {@link #MAX_TEXT_BYTES}.
   */
  Optional<String> text() {
    return textLength > MAX_TEXT_BYTES
        ? Optional.empty()
        : Optional.of(new String(text, 0, textLength, StandardCharsets.UTF_8));
  }

  private int between(byte[] bytes, int from, int length) throws IOException {
    for (int i = from; i < length; i++) {
      byte value = bytes[i];
      switch (KINDS[value & 0xff]) {
        case QUOTE -> {
          begin(value, base + i);
          textLength = 0;
          state = State.STRING;
          return i + 1;
        }
        case OPEN -> {
          begin(value, base + i);
          open(value);
        }
        case CLOSE -> close(value, base + i);
        case SEPARATOR -> {
          if (depth <= maxDepth) {
            events.separator(depth, value, base + i);
          }
        }
        case OTHER -> {
          if (depth <= maxDepth) {
            begin(value, base + i);
            state = State.SCALAR;
            return i + 1;
          }
        }
        default -> {
          // Blanks mean nothing.
        }
      }
    }
    return length;
  }

  private void open(byte bracket) {
    if (depth < Long.SIZE) {
      long bit = 1L << depth;
      braces = bracket == '{' ? braces | bit : braces & ~bit;
    }
    depth++;
  }

  private void begin(byte first, long position) throws IOException {
    if (depth <= maxDepth) {
      events.begin(depth, first, position);
    }
  }

  private void close(byte bracket, long position) throws IOException {
    boolean brace = bracket == '}';
    if (depth == 0 || (depth <= Long.SIZE && brace != ((braces >>> (depth - 1) & 1) == 1))) {
      throw new Unbalanced(bracket, position);
    }
    depth--;
    if (depth <= maxDepth) {
      events.end(depth, bracket, position + 1);
    }
  }

  private int string(byte[] bytes, int from, int length) throws IOException {
    int i = from;
    if (escaped) {
      escaped = false;
      i++;
    }
    while (i < length) {
      i = skipPlain(bytes, i, length);
      if (i >= length) {
        break;
      }
      if (bytes[i] == '\\') {
        escaped = i + 1 == length;
        i += 2;
      } else {
        keep(bytes, from, i);
        state = State.BETWEEN;
        if (depth <= maxDepth) {
          events.end(depth, bytes[i], base + i + 1);
        }
        return i + 1;
      }
    }
    keep(bytes, from, length);
    return length;
  }

  /** The position of the next quote or backslash. */
  private static int skipPlain(byte[] bytes, int from, int length) {
    int i = from;
    while (i + Long.BYTES <= length) {
      long word = (long) LONGS.get(bytes, i);
      long quote = word ^ QUOTES;
      long backslash = word ^ BACKSLASHES;
      // The highest bit of a byte that is zero; above the first one there may be false ones.
      long found =
          ((quote - LOW_BITS) & ~quote & HIGH_BITS)
              | ((backslash - LOW_BITS) & ~backslash & HIGH_BITS);
      if (found != 0) {
        return i + (Long.numberOfTrailingZeros(found) >>> 3);
      }
      i += Long.BYTES;
    }
    while (i < length && bytes[i] != '"' && bytes[i] != '\\') {
      i++;
    }
    return i;
  }

  private void keep(byte[] bytes, int from, int to) {
    if (depth > maxDepth || textLength > MAX_TEXT_BYTES) {
      return;
    }
    int more = to - from;
    if (textLength + more <= MAX_TEXT_BYTES) {
      System.arraycopy(bytes, from, text, textLength, more);
      textLength += more;
    } else {
      textLength = MAX_TEXT_BYTES + 1;
    }
  }

  private int scalar(byte[] bytes, int from, int length) throws IOException {
    for (int i = from; i < length; i++) {
      if (KINDS[bytes[i] & 0xff] != OTHER) {
        state = State.BETWEEN;
        events.end(depth, i > 0 ? bytes[i - 1] : 0, base + i);
        return i;
      }
    }
    return length;
  }

  private static void mark(String characters, byte kind) {
    for (int i = 0; i < characters.length(); i++) {
      KINDS[characters.charAt(i)] = kind;
    }
  }
}
