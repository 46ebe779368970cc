package io.sparkmm.conf;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that a user most likely meant when a key or a value is not known. */
public final class NearestKey {
  private NearestKey() {}

  /**
   * The candidate with the smallest edit distance, the first one of equals. Names that differ in
   * more than a third of their characters (but at least two) are not taken for a slip.
   */
  public static Optional<String> find(String name, Collection<String> candidates) {
    String wanted = name.toLowerCase(Locale.ROOT);
    String best = "";
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : candidates) {
      int distance = distance(wanted, candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    int tolerated = Math.max(2, Math.max(name.length(), best.length()) / 3);
    return bestDistance <= tolerated ? Optional.of(best) : Optional.empty();
  }

  /** Part of a message: {@code ", did you mean X?"}, or nothing. */
  static String hint(String name, Collection<String> candidates) {
    return find(name, candidates).map(near -> "; did you mean " + near + "?").orElse("");
  }

  /** Edits (insert, delete, replace, swap of neighbours) that turn one text into the other. */
  static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      cost[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      cost[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int replace = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        cost[i][j] = Math.min(replace, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
