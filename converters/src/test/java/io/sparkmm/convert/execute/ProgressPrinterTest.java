package io.sparkmm.convert.execute;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class ProgressPrinterTest {

  @Test
  void tellsShareRateAndRemainingTime() {
    assertThat(ProgressPrinter.text(2_500_000_000L, 10_000_000_000L, 2.0))
        .isEqualTo(" 25.0 %  2.50 of 10.00 GB  1.25 GB/s  00:06 left ");
    assertThat(ProgressPrinter.text(1_000_000L, 40_000_000_000L, 1.0))
        .endsWith("0.00 GB/s  11:06:39 left ");
  }

  @Test
  void tellsNoTimeBeforeTheFirstByte() {
    assertThat(ProgressPrinter.text(0, 10, 5)).endsWith("--:-- left ");
  }

  @Test
  void endsWithALineThatSaysHowMuchWasDone() {
    StringWriter text = new StringWriter();
    ProgressPrinter printer = new ProgressPrinter(new PrintWriter(text), false);
    printer.begun(4_000_000_000L, 3);
    printer.advanced(4_000_000_000L);
    printer.ended();

    assertThat(text.toString().lines())
        .hasSize(2)
        .element(0)
        .isEqualTo("mm-convert: going on: 3 files of an interrupted run are complete");
    assertThat(text.toString().lines())
        .element(1)
        .asString()
        .startsWith("100.0 %  4.00 of 4.00 GB");
  }
}
