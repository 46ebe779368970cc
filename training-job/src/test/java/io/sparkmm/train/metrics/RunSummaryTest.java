package io.sparkmm.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSummaryTest {
  @Test
  void averagesIterations51To150() {
    RunSummary summary = new RunSummary();
    for (int i = 1; i <= 200; i++) {
      summary.add(record(i, i <= 50 || i > 150 ? 1e6 : 200, i <= 50 ? 1000 : 40));
    }

    assertThat(summary.lines())
        .containsExactly(
            "Elapsed Time Per iteration: 200.0",
            "Average Samples per Second: 160.000",
            "Consumed Tokens per Second: 6400.000");
  }

  @Test
  void averagesTheLastHundredOfAShortRun() {
    RunSummary summary = new RunSummary();
    for (int i = 1; i <= 110; i++) {
      summary.add(record(i, i <= 10 ? 1e6 : 100, 40));
    }

    assertThat(summary.lines()).contains("Elapsed Time Per iteration: 100.0");
  }

  @Test
  void saysNothingOfTokensThatWereNotLogged() {
    RunSummary summary = new RunSummary();
    summary.add(IterationLineTest.record(1, 64, Map.of("loss", 1.0), false));

    assertThat(summary.lines())
        .containsExactly("Elapsed Time Per iteration: 64.0", "Average Samples per Second: 500.000");
  }

  @Test
  void saysNothingOfARunWithoutIterations() {
    assertThat(new RunSummary().lines()).isEmpty();
  }

  private static IterationRecord record(long iteration, double millis, double tokens) {
    Map<String, Double> log = new LinkedHashMap<>();
    log.put(RunSummary.TOKENS_PER_SAMPLE, tokens);
    return IterationLineTest.record(iteration, millis, log, false);
  }
}
