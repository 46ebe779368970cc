package io.sparkmm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EnvReportTest {

  private static String print(EnvReport report) {
    StringWriter text = new StringWriter();
    report.print(new PrintWriter(text, true));
    return text.toString();
  }

  @Test
  void printsTopicsOnceAndRemediesBelow() {
    EnvReport report =
        new EnvReport(
            List.of(
                Finding.ok("java", "version", 17),
                Finding.warning("java", "maven", "not on PATH", "install it"),
                Finding.missing("spark", "scala", "2.12", "use 2.13")));

    assertThat(print(report).lines())
        .containsExactly(
            "java",
            "  ok      version  17",
            "  warning maven    not on PATH",
            "          install it",
            "spark",
            "  MISSING scala    2.12",
            "          use 2.13",
            "",
            "Missing for training on CPUs: spark scala; warnings: java maven.");
    assertThat(report.isComplete()).isFalse();
  }

  @Test
  void warningsDoNotMakeItIncomplete() {
    EnvReport report = new EnvReport(List.of(Finding.warning("a", "b", "c", "d")));

    assertThat(report.isComplete()).isTrue();
    assertThat(print(report)).endsWith("is there; warnings: a b." + System.lineSeparator());
  }

  @Test
  void praisesACompleteMachine() {
    assertThat(print(new EnvReport(List.of(Finding.ok("a", "b", "c")))))
        .endsWith("Everything for training on CPUs is there." + System.lineSeparator());
  }
}
