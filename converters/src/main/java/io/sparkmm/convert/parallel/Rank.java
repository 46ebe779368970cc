package io.sparkmm.convert.parallel;

import java.util.Comparator;

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

  @Override
  public int compareTo(Rank other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "tp rank " + tp + ", pp rank " + pp + ", ep rank " + ep;
  }
}
