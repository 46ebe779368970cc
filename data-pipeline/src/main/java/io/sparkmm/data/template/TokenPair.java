package io.sparkmm.data.template;

import java.util.Objects;

/**
 * One exchange as tokens.
 *
 * @param source ids of the question with everything before it
 * @param target ids of the answer
 */
public record TokenPair(int[] source, int[] target) {
  public TokenPair {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(target, "target");
  }
}
