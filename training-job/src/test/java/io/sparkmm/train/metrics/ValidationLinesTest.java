package io.sparkmm.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValidationLinesTest {
  @Test
  void lossAndPerplexityStandBetweenDashes() {
    List<String> lines =
        ValidationLines.of(new ValidationRecord(20, 160, Map.of("loss", 2.5)), false);

    String text =
        " validation loss at iteration 20 | loss value: 2.500000E+00 | loss PPL: 1.218249E+01 | ";
    assertThat(lines).containsExactly("-".repeat(text.length() + 1), text, "-".repeat(88));
    assertThat(text).hasSize(87);
  }

  @Test
  void lastValidationSaysSo() {
    assertThat(ValidationLines.of(new ValidationRecord(7, 56, Map.of("loss", 0.0)), true).get(1))
        .isEqualTo(
            " validation loss at iteration 7 on validation set | loss value: 0.000000E+00 | loss"
                + " PPL: 1.000000E+00 | ");
  }

  @Test
  void perplexityIsBoundedAndEveryLossHasItsOwn() {
    Map<String, Double> losses = new LinkedHashMap<>();
    losses.put("lm loss", 30.0);
    losses.put("loss", 20.0);

    assertThat(ValidationLines.of(new ValidationRecord(1, 1, losses), false).get(1))
        .isEqualTo(
            " validation loss at iteration 1 | lm loss value: 3.000000E+01 | lm loss PPL:"
                + " 4.851652E+08 | loss value: 2.000000E+01 | loss PPL: 4.851652E+08 | ");
  }
}
