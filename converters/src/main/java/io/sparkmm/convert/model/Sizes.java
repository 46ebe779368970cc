package io.sparkmm.convert.model;

import io.sparkmm.convert.model.ShapeTemplate.Term;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the symbols of shapes stand for. The configuration gives most of them; a symbol that it does
 * not give takes its value from the first tensor that has it, and all others must agree.
 */
final class Sizes {

  private record Known(long value, String origin) {}

  private final Map<String, Known> known = new LinkedHashMap<>();

  /**
   * Gives a symbol its value.
   *
   * @param origin where it comes from, for messages
   */
  Sizes put(String symbol, long value, String origin) {
    known.put(symbol, new Known(value, origin));
    return this;
  }

  /** Gives a symbol its value if there is one. */
  Sizes put(String symbol, OptionalLong value, String origin) {
    value.ifPresent(present -> put(symbol, present, origin));
    return this;
  }

  /** An independent copy, which learns what this one must not. */
  Sizes copy() {
    Sizes result = new Sizes();
    result.known.putAll(known);
    return result;
  }

  /** Whether a tensor has a shape; learns symbols from it when it has. */
  boolean accepts(String tensor, ShapeTemplate expected, List<Long> actual) {
    List<Term> terms = expected.terms();
    if (terms.size() != actual.size()) {
      return false;
    }
    Map<String, Known> learnt = new LinkedHashMap<>();
    for (int dim = 0; dim < terms.size(); dim++) {
      Term term = terms.get(dim);
      long size = actual.get(dim);
      OptionalLong value = value(term.symbol(), learnt);
      if (value.isPresent()
          ? size != term.factor() * value.getAsLong()
          : size % term.factor() != 0) {
        return false;
      }
      if (value.isEmpty()) {
        learnt.put(term.symbol(), new Known(size / term.factor(), tensor));
      }
    }
    known.putAll(learnt);
    return true;
  }

  private OptionalLong value(String symbol, Map<String, Known> learnt) {
    if (symbol.isEmpty()) {
      return OptionalLong.of(1);
    }
    Known found = known.getOrDefault(symbol, learnt.get(symbol));
    return found == null ? OptionalLong.empty() : OptionalLong.of(found.value());
  }

  /** The shape in numbers as far as they are known, and where they come from. */
  String describe(ShapeTemplate expected) {
    Set<String> origins = new LinkedHashSet<>();
    String numbers =
        expected.terms().stream()
            .map(
                term -> {
                  OptionalLong value = value(term.symbol(), Map.of());
                  if (!term.symbol().isEmpty() && value.isPresent()) {
                    Known from = known.get(term.symbol());
                    origins.add(term.symbol() + " = " + from.value() + " by " + from.origin());
                  }
                  return value.isPresent()
                      ? Long.toString(term.factor() * value.getAsLong())
                      : term.toString();
                })
            .collect(Collectors.joining(", ", "[", "]"));
    return origins.isEmpty() ? numbers : numbers + " (" + String.join(", ", origins) + ")";
  }
}
