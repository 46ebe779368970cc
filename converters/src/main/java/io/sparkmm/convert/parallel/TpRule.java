package io.sparkmm.convert.parallel;

import io.sparkmm.convert.op.KeyPattern;

/**
 * How the tensors of one family of names are divided.
 *
 * @param pattern names on the side of the training framework
 * @param split how they are divided
 */
public record TpRule(KeyPattern pattern, TensorSplit split) {

  /** A rule with the template of its pattern. */
  public static TpRule of(String template, TensorSplit split) {
    return new TpRule(KeyPattern.of(template), split);
  }
}
