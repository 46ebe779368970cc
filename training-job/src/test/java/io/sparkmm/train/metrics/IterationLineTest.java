package io.sparkmm.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IterationLineTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 3, 4, 5, 6, 7);

  @Test
  void hasTheFieldsInTheFixedOrderAndWidths() {
    IterationLine line = new IterationLine(1);

    assertThat(line.add(record(5, 123.45, Map.of("loss", 2.5), false), NOW))
        .contains(
            " [2026-03-04 05:06:07] iteration        5/      10 | consumed samples:          160 |"
                + " elapsed time per iteration (ms): 123.5 | learning rate: 1.000000E-05 |"
                + " global batch size:    32 | loss: 2.500000E+00 | loss scale: 1.0 |"
                + " grad norm: 0.123 | number of skipped iterations:   0 |"
                + " number of nan iterations:   0 |");
  }

  @Test
  void theFifthFieldBetweenColonsIsTheTime() {
    String line =
        new IterationLine(1).add(record(5, 98.76, Map.of("loss", 1.0), false), NOW).orElseThrow();

    assertThat(line.split(":", -1)[4].strip()).startsWith("98.8 |");
  }

  @Test
  void printsTokensPerSampleBeforeTheLoss() {
    Map<String, Double> log = new LinkedHashMap<>();
    log.put("tokens per sample", 42.0);
    log.put("loss", 1.0);

    assertThat(new IterationLine(1).add(record(1, 1, log, false), NOW).orElseThrow())
        .contains("| tokens per sample: 4.200000E+01 | loss: 1.000000E+00 |");
  }

  @Test
  void averagesTimeAndLossSinceTheLastLine() {
    IterationLine line = new IterationLine(2);

    assertThat(line.add(record(1, 900, Map.of("loss", 9.0), false), NOW)).isEmpty();
    assertThat(line.add(record(2, 100, Map.of("loss", 1.0), false), NOW).orElseThrow())
        .contains("(ms): 500.0 |")
        .contains("loss: 5.000000E+00 |");
    assertThat(line.add(record(3, 10, Map.of("loss", 3.0), true), NOW)).isEmpty();
    assertThat(line.add(record(4, 30, Map.of("loss", 5.0), false), NOW).orElseThrow())
        .contains("(ms): 20.0 |")
        .contains("loss: 4.000000E+00 |")
        .contains("number of skipped iterations:   1 |");
  }

  @Test
  void printsNanAndLeavesOutNegativeValues() {
    Map<String, Double> log = new LinkedHashMap<>();
    log.put("loss", Double.NaN);
    log.put("margin", -1.0);

    assertThat(new IterationLine(1).add(record(1, 1, log, false), NOW).orElseThrow())
        .contains("| loss: NaN | loss scale")
        .doesNotContain("margin")
        .contains("number of nan iterations:   1 |");
  }

  @Test
  void refusesAnIntervalOfZero() {
    assertThatThrownBy(() -> new IterationLine(0)).hasMessage("Cannot log every 0 iterations");
  }

  static IterationRecord record(
      long iteration, double millis, Map<String, Double> log, boolean skipped) {
    return new IterationRecord(
        iteration,
        10,
        iteration * 32,
        1e-5,
        32,
        log,
        1.0,
        0.1234,
        skipped,
        1280,
        640,
        new TimeSplit(millis, 1, 2, 3, 4, 5, 6, 7, 0));
  }
}
