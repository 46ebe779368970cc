package io.sparkmm.cli;

import io.sparkmm.cli.Finding.Level;
import java.io.PrintWriter;
import java.util.List;

/**
 * Findings as a table with a verdict.
 *
 * @param findings in the order to print; those of one topic follow each other
 */
record EnvReport(List<Finding> findings) {

  private static final String REMEDY_INDENT = "          ";

  EnvReport {
    findings = List.copyOf(findings);
  }

  /** Whether nothing is missing for training on CPUs. */
  boolean isComplete() {
    return of(Level.MISSING).isEmpty();
  }

  void print(PrintWriter out) {
    int width = findings.stream().mapToInt(finding -> finding.name().length()).max().orElse(0);
    String topic = "";
    for (Finding finding : findings) {
      if (!finding.topic().equals(topic)) {
        topic = finding.topic();
        out.println(topic);
      }
      out.println(
          mark(finding.level())
              + finding.name()
              + " ".repeat(width - finding.name().length() + 2)
              + finding.value());
      if (!finding.remedy().isEmpty()) {
        out.println(REMEDY_INDENT + finding.remedy());
      }
    }
    out.println();
    out.println(verdict());
  }

  private static String mark(Level level) {
    return switch (level) {
      case OK -> "  ok      ";
      case WARNING -> "  warning ";
      case MISSING -> "  MISSING ";
    };
  }

  private String verdict() {
    String warnings =
        of(Level.WARNING).isEmpty() ? "" : "; warnings: " + String.join(", ", of(Level.WARNING));
    return isComplete()
        ? "Everything for training on CPUs is there" + warnings + "."
        : "Missing for training on CPUs: " + String.join(", ", of(Level.MISSING)) + warnings + ".";
  }

  private List<String> of(Level level) {
    return findings.stream()
        .filter(finding -> finding.level() == level)
        .map(finding -> finding.topic() + " " + finding.name())
        .toList();
  }
}
