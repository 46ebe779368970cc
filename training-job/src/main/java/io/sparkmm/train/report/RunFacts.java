package io.sparkmm.train.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is known of a run before it begins.
 *
 * @param title what is trained
 * @param iterations iterations of the run
 * @param workers number of ranks
 * @param groups names and values under headings, in the order in which they are shown
 */
public record RunFacts(
    String title, long iterations, int workers, Map<String, Map<String, String>> groups) {
  public RunFacts {
    groups = Collections.unmodifiableMap(new LinkedHashMap<>(groups));
  }
}
