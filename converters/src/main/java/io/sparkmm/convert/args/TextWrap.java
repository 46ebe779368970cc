package io.sparkmm.convert.args;

import java.util.ArrayList;
import java.util.List;

/** Lines of limited width. */
final class TextWrap {
  private TextWrap() {}

  /** The words of the text in lines of at most {@code width}; longer words stand alone. */
  static List<String> words(String text, int width) {
    return parts(List.of(text.strip().split("\\s+")), width);
  }

  /** Parts that must not be broken, joined by blanks to lines of at most {@code width}. */
  static List<String> parts(List<String> parts, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String part : parts) {
      if (!line.isEmpty() && line.length() + 1 + part.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(part);
    }
    if (!line.isEmpty()) {
      lines.add(line.toString());
    }
    return lines;
  }
}
