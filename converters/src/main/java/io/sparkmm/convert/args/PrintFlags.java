package io.sparkmm.convert.args;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How {@code --print_config} prints.
 *
 * @param comments above each key, what it is for
 * @param skipDefault leave out what has its default
 * @param skipNull leave out what is null
 */
record PrintFlags(boolean comments, boolean skipDefault, boolean skipNull) {

  private static final List<String> KNOWN = List.of("comments", "skip_default", "skip_null");

  /**
   * Reads the words after {@code --print_config=}.
   *
   * @throws BadValue when one is not known
   */
  static PrintFlags parse(String text) {
    Set<String> words = new TreeSet<>(List.of(text.split(",", -1)));
    words.remove("");
    for (String word : words) {
      if (!KNOWN.contains(word)) {
        throw BadValue.of("must be out of " + String.join(", ", KNOWN) + ", got " + word);
      }
    }
    return new PrintFlags(
        words.contains("comments"), words.contains("skip_default"), words.contains("skip_null"));
  }
}
