package io.sparkmm.conf.pattern;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A dotted path of modules with at most one pair of braces that selects elements of a list.
 *
 * <pre>
 * pattern := path | prefix "{" set "}" [ "." suffix ]
 * set     := "*" | item { "," item }
 * item    := INT | INT "-" INT            (both ends included)
 * </pre>
 *
 * A dot before the brace may be left out, blanks inside the braces do not count.
 *
 * @param text the pattern as it was written
 * @param kind what the pattern selects
 * @param prefix the plain path, or the path of the list before the braces
 * @param indices selected elements, ascending and without duplicates; empty unless {@link
 *     Kind#INDICES}
 * @param suffix path below each selected element; empty for the element itself
 */
public record ModulePattern(
    String text, Kind kind, String prefix, List<Integer> indices, String suffix) {
  /** Longest set of indices that a pattern may name. */
  public static final int MAX_INDICES = 100_000;

  private static final Pattern ITEM =
      Pattern.compile("\\s*([0-9]{1,9})\\s*(-\\s*([0-9]{1,9})\\s*)?");
  private static final Pattern SEGMENT = Pattern.compile("[^\\s.{}*,]+");

  /** What a pattern selects. */
  public enum Kind {
    /** One module. */
    PATH,
    /** All elements of a list. */
    ALL,
    /** Some elements of a list. */
    INDICES
  }

  /** Copies the list. */
  public ModulePattern {
    indices = List.copyOf(indices);
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException with the reason, if the text is not a pattern
   */
  public static ModulePattern parse(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("the pattern is empty");
    }
    int open = text.indexOf('{');
    int close = text.indexOf('}');
    if (count(text, '{') != count(text, '}')) {
      throw new IllegalArgumentException("mismatched braces");
    }
    if (open < 0) {
      return new ModulePattern(text, Kind.PATH, path(text, "the path"), List.of(), "");
    }
    if (close < open) {
      throw new IllegalArgumentException("invalid brace order: '}' stands before '{'");
    }
    if (count(text, '{') > 1) {
      throw new IllegalArgumentException(
          "multiple brace pairs: only one pair is allowed per entry");
    }
    return parseBraces(text, open, close);
  }

  private static ModulePattern parseBraces(String text, int open, int close) {
    String before = text.substring(0, open);
    String prefix = before.endsWith(".") ? before.substring(0, before.length() - 1) : before;
    if (prefix.isEmpty()) {
      throw new IllegalArgumentException("the path of the list before '{' is missing");
    }
    String after = text.substring(close + 1);
    if (!after.isEmpty() && !after.startsWith(".")) {
      throw new IllegalArgumentException("'}' must be followed by '.' or by nothing");
    }
    String checkedPrefix = path(prefix, "the path before '{'");
    String suffix = after.isEmpty() ? "" : path(after.substring(1), "the path after '}'");
    String set = text.substring(open + 1, close).strip();
    return set.equals("*")
        ? new ModulePattern(text, Kind.ALL, checkedPrefix, List.of(), suffix)
        : new ModulePattern(text, Kind.INDICES, checkedPrefix, indices(set), suffix);
  }

  private static String path(String path, String what) {
    for (String segment : path.split("\\.", -1)) {
      if (!SEGMENT.matcher(segment).matches()) {
        throw new IllegalArgumentException(
            what
                + " is not a dotted path of names: "
                + (segment.isEmpty() ? "a name is empty" : "'" + segment + "' is not a name"));
      }
    }
    return path;
  }

  private static List<Integer> indices(String set) {
    SortedSet<Integer> indices = new TreeSet<>();
    for (String item : set.split(",", -1)) {
      Matcher matcher = ITEM.matcher(item);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("'" + item.strip() + "' is not an index, range or '*'");
      }
      int start = Integer.parseInt(matcher.group(1));
      int end = matcher.group(3) == null ? start : Integer.parseInt(matcher.group(3));
      if (start > end) {
        throw new IllegalArgumentException(
            "the range " + start + "-" + end + " has its start > its end");
      }
      if (end - start >= MAX_INDICES - indices.size()) {
        throw new IllegalArgumentException("more than " + MAX_INDICES + " indices are selected");
      }
      for (int index = start; index <= end; index++) {
        indices.add(index);
      }
    }
    return List.copyOf(indices);
  }

  private static long count(String text, char wanted) {
    return text.chars().filter(c -> c == wanted).count();
  }

  /** Path of the selected module below one element of the list. */
  String pathOf(int index) {
    return prefix + "." + index + (suffix.isEmpty() ? "" : "." + suffix);
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
