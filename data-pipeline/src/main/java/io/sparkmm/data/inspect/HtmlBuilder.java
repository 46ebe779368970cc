package io.sparkmm.data.inspect;

import java.util.Locale;

/**
 * Puts a page together. Every text and attribute goes through the same escaping, so nothing that
 * stands in a data set can become markup; what comes out is well-formed XML, too.
 */
final class HtmlBuilder {
  private final StringBuilder out = new StringBuilder(1 << 16);

  /**
   * Begins an element.
   *
   * @param attributes names and values in turn
   */
  HtmlBuilder open(String tag, String... attributes) {
    begin(tag, attributes);
    out.append('>');
    return this;
  }

  /** Ends an element. */
  HtmlBuilder close(String tag) {
    out.append("</").append(tag).append('>');
    return this;
  }

  /** An element without content. */
  HtmlBuilder empty(String tag, String... attributes) {
    begin(tag, attributes);
    out.append("/>");
    return this;
  }

  /** An element with a text. */
  HtmlBuilder element(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close(tag);
  }

  /** A text. */
  HtmlBuilder text(String text) {
    escape(text);
    return this;
  }

  /** A formatted text, with English separators. */
  HtmlBuilder format(String format, Object... values) {
    return text(String.format(Locale.ROOT, format, values));
  }

  /** A line end in the source, for readers of the file. */
  HtmlBuilder line() {
    out.append('\n');
    return this;
  }

  /**
   * A text with its white space, line ends and invisible characters made visible. It is to stand
   * where white space is kept.
   */
  HtmlBuilder visible(String text) {
    int length = text.length();
    for (int at = 0; at < length; ) {
      int point = text.codePointAt(at);
      int next = at + Character.charCount(point);
      if (point == '\n') {
        out.append("<s>\u23ce</s>\n");
      } else if (point == '\t') {
        out.append("<s>\u21e5</s>\t");
      } else if (point == ' ') {
        boolean alone = at == 0 && next == length;
        boolean many =
            at > 0 && text.charAt(at - 1) == ' ' || next < length && text.charAt(next) == ' ';
        boolean ends = next < length && text.charAt(next) == '\n';
        out.append(alone || many || ends ? "<s>\u00b7</s><wbr/>" : " ");
      } else if (isInvisible(point)) {
        out.append(String.format(Locale.ROOT, "<s class=\"u\">U+%04X</s>", point));
      } else {
        escape(text.substring(at, next));
      }
      at = next;
    }
    return this;
  }

  /** A style sheet of this program's own. */
  HtmlBuilder style(String css) {
    out.append("<style>").append(css).append("</style>");
    return this;
  }

  /** What stands before the first element. */
  HtmlBuilder doctype() {
    out.append("<!DOCTYPE html>\n");
    return this;
  }

  @Override
  public String toString() {
    return out.toString();
  }

  private void begin(String tag, String... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1]);
      out.append('"');
    }
  }

  private void escape(String text) {
    for (int at = 0; at < text.length(); ) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      switch (point) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        case '\n', '\t' -> out.appendCodePoint(point);
        default -> out.appendCodePoint(isInvisible(point) ? 0xfffd : point);
      }
    }
  }

  /**
   * Characters that are not shown, that change the direction of what follows, or that XML does not
   * allow. Joiners and variation selectors belong to visible characters and stay.
   */
  private static boolean isInvisible(int point) {
    if (point == 0x200c || point == 0x200d) {
      return false;
    }
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE ->
          true;
      case Character.SPACE_SEPARATOR -> point != ' ';
      default -> false;
    };
  }
}
