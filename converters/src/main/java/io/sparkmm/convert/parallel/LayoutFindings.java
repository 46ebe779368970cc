package io.sparkmm.convert.parallel;

import io.sparkmm.convert.ConvertException;
import java.util.List;

/**
 * What is to be said about a layout.
 *
 * @param problems why it cannot be used; empty when it can
 * @param warnings what the user should know
 */
public record LayoutFindings(List<String> problems, List<String> warnings) {

  public LayoutFindings {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
  }

  /**
   * Returns the warnings.
   *
   * @throws ConvertException of kind USAGE with all problems, when there are any
   */
  public List<String> orThrow() {
    if (!problems.isEmpty()) {
      throw ConvertException.usage(problems);
    }
    return warnings;
  }
}
