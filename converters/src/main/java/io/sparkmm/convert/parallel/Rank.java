package io.sparkmm.convert.parallel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One process of a training job, as far as weights are concerned.
 *
 * @param tp tensor parallel rank
 * @param pp pipeline rank
 * @param ep expert parallel rank
 */
public record Rank(int tp, int pp, int ep) implements Comparable<Rank> {

  private static final Comparator<Rank> ORDER =
      Comparator.comparingInt(Rank::tp).thenComparingInt(Rank::pp).thenComparingInt(Rank::ep);

  /** All ranks of the given numbers of ranks, in their order. */
  public static List<Rank> all(int tp, int pp, int ep) {
    List<Rank> result = new ArrayList<>();
    for (int t = 0; t < tp; t++) {
      for (int p = 0; p < pp; p++) {
        for (int e = 0; e < ep; e++) {
          result.add(new Rank(t, p, e));
        }
      }
    }
    return result;
  }

  @Override
  public int compareTo(Rank other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "tp rank " + tp + ", pp rank " + pp + ", ep rank " + ep;
  }
}
