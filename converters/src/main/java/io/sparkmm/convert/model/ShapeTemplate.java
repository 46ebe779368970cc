package io.sparkmm.convert.model;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A shape in symbols: sizes separated by blanks, each a number, a symbol of letters, or a symbol
 * with a factor before it, such as {@code 3E E}.
 *
 * @param terms one per dimension
 */
record ShapeTemplate(List<Term> terms) {

  private static final Pattern TERM = Pattern.compile("([0-9]*)([A-Za-z]*)");

  /**
   * One size.
   *
   * @param factor at least 1
   * @param symbol what it multiplies; empty for a plain number
   */
  record Term(long factor, String symbol) {

    @Override
    public String toString() {
      return symbol.isEmpty() ? Long.toString(factor) : (factor == 1 ? "" : factor) + symbol;
    }
  }

  ShapeTemplate {
    terms = List.copyOf(terms);
  }

  static ShapeTemplate parse(String text) {
    return new ShapeTemplate(
        Pattern.compile(" ").splitAsStream(text).map(ShapeTemplate::term).toList());
  }

  private static Term term(String text) {
    Matcher matcher = TERM.matcher(text);
    if (text.isEmpty() || !matcher.matches()) {
      throw new IllegalArgumentException("Cannot read size " + text);
    }
    String factor = matcher.group(1);
    return new Term(factor.isEmpty() ? 1 : Long.parseLong(factor), matcher.group(2));
  }
}
