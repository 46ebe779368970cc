package io.sparkmm.convert.verify;

import java.util.List;
import java.util.Locale;

/**
 * Everything that a check found.
 *
 * @param kind what the folder was taken for
 * @param files files checked
 * @param tensors tensors found
 * @param bytes bytes that were read, or, where only headers are read, that the headers speak of
 * @param problems what keeps the folder from being what it should be
 * @param warnings what looks odd but does no harm
 */
public record VerifyReport(
    String kind, int files, int tensors, long bytes, List<String> problems, List<String> warnings) {

  public VerifyReport {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
  }

  /** Whether there is no problem. */
  public boolean isSound() {
    return problems.isEmpty();
  }

  /** One line with the result and the counts. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%s: %s, %d files, %d tensors, %d bytes, %d problems, %d warnings",
        isSound() ? "sound" : "not sound",
        kind,
        files,
        tensors,
        bytes,
        problems.size(),
        warnings.size());
  }
}
