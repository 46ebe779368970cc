package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressPrinterTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong();

  private ProgressPrinter printer(long total, boolean terminal) {
    return new ProgressPrinter(
        "prepare: records",
        total,
        new PrintStream(bytes, true, StandardCharsets.UTF_8),
        terminal,
        nanos::get);
  }

  private void seconds(long seconds) {
    nanos.set(seconds * 1_000_000_000L);
  }

  @Test
  void tellsDoneRateAndRemainingTime() {
    ProgressPrinter printer = printer(10_000, false);
    seconds(10);
    printer.update(2_500, 0);
    assertThat(printer.line())
        .isEqualTo("prepare: records 2,500/10,000 (25.0 %), 250/s, 0:30 left");
  }

  @Test
  void tellsRejectsAndLongTimes() {
    ProgressPrinter printer = printer(1_000_000, false);
    seconds(100);
    printer.update(1_000, 12);
    assertThat(printer.line())
        .isEqualTo("prepare: records 1,000/1,000,000 (0.1 %), 10/s, 27:45:00 left, 12 rejected");
  }

  @Test
  void whatAnEarlierRunHasDoneCountsButNotForTheRate() {
    ProgressPrinter printer = printer(1_000, false);
    printer.resume(500, 7);
    seconds(10);
    printer.update(600, 8);
    assertThat(printer.line())
        .isEqualTo("prepare: records 600/1,000 (60.0 %), 10/s, 0:40 left, 8 rejected");
  }

  @Test
  void neverGoesBack() {
    ProgressPrinter printer = printer(100, false);
    seconds(1);
    printer.add(40);
    printer.update(30, 0);
    assertThat(printer.line()).startsWith("prepare: records 40/100");
  }

  @Test
  void saysNothingAboutTheRemainingTimeAtBothEnds() {
    ProgressPrinter printer = printer(100, false);
    seconds(1);
    assertThat(printer.line()).isEqualTo("prepare: records 0/100 (0.0 %), 0/s");
    printer.update(100, 0);
    assertThat(printer.line()).isEqualTo("prepare: records 100/100 (100.0 %), 100/s");
  }

  @Test
  void theLastStateStaysOnATerminal() {
    ProgressPrinter printer = printer(3, true);
    seconds(1);
    printer.add(3);
    printer.close();
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo("\rprepare: records 3/3 (100.0 %), 3/s\n");
  }

  @Test
  void shortWorkPrintsNothingElsewhere() {
    printer(3, false).close();
    assertThat(bytes.size()).isZero();
  }
}
