package io.sparkmm.convert.pickle;

/** Short descriptions of values for messages; their length does not depend on the value. */
public final class PickleText {

  private static final int MAX_CHARS = 80;

  private PickleText() {}

  /** One line that says what a value is, such as {@code the str 'abc'} or {@code a list of 3}. */
  public static String describe(Object value) {
    if (value instanceof String text) {
      return "the str '" + shorten(text) + "'";
    }
    if (value instanceof Global global) {
      return "the global " + global;
    }
    if (value instanceof Long || value instanceof Double || value instanceof Boolean) {
      return value.toString();
    }
    return shorten(String.valueOf(value));
  }

  /** Text cut to a length fit for a message, without control characters. */
  public static String shorten(String text) {
    String cut = text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "...";
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
