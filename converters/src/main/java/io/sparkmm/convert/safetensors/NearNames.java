package io.sparkmm.convert.safetensors;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Finds names that a reader of a message may have meant. */
final class NearNames {

  private static final int SHOWN = 3;

  private NearNames() {}

  /** A tail for messages such as "; nearest are [a, b]"; empty when nothing is near. */
  static String hint(String name, Collection<String> known) {
    List<String> near =
        known.stream()
            .filter(candidate -> commonEnds(name, candidate) * 2 > name.length())
            .sorted(
                Comparator.comparingInt((String candidate) -> -commonEnds(name, candidate))
                    .thenComparing(Comparator.naturalOrder()))
            .limit(SHOWN)
            .toList();
    return near.isEmpty() ? "" : "; nearest are " + near;
  }

  /**
   * Characters that two names share at their ends: tensor names differ mostly in a prefix, a suffix
   * or one part of the path, and this costs linear time where an edit distance costs quadratic.
   */
  private static int commonEnds(String a, String b) {
    int limit = Math.min(a.length(), b.length());
    int front = 0;
    while (front < limit && a.charAt(front) == b.charAt(front)) {
      front++;
    }
    int back = 0;
    while (back < limit - front
        && a.charAt(a.length() - 1 - back) == b.charAt(b.length() - 1 - back)) {
      back++;
    }
    return front + back;
  }
}
