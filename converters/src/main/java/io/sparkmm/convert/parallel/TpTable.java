package io.sparkmm.convert.parallel;

import java.util.List;

/**
 * How the tensors of a model are divided among tensor parallel ranks.
 *
 * @param rules in order; the first that matches a name decides
 */
public record TpTable(List<TpRule> rules) {

  public TpTable {
    rules = List.copyOf(rules);
  }

  /** A table of rules. */
  public static TpTable of(TpRule... rules) {
    return new TpTable(List.of(rules));
  }

  /** How a tensor is divided; {@link TensorSplit#WHOLE} when no rule matches. */
  public TensorSplit split(String key) {
    return rules.stream()
        .filter(rule -> rule.pattern().match(key).isPresent())
        .map(TpRule::split)
        .findFirst()
        .orElse(TensorSplit.WHOLE);
  }
}
