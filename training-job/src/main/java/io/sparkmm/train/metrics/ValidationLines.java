package io.sparkmm.train.metrics;

import java.util.List;
import java.util.Locale;

/**
 * The lines in which a validation is printed: one with a loss and its perplexity for each name,
 * between two lines of dashes.
 */
public final class ValidationLines {
  private ValidationLines() {}

  /**
   * The three lines, without line ends.
   *
   * @param afterTraining whether it is the validation after the last iteration
   */
  public static List<String> of(ValidationRecord values, boolean afterTraining) {
    StringBuilder line = new StringBuilder(" validation loss at iteration ");
    line.append(values.iteration());
    line.append(afterTraining ? " on validation set | " : " | ");
    values
        .values()
        .forEach(
            (name, loss) ->
                line.append(
                    String.format(
                        Locale.ROOT,
                        "%s value: %.6E | %s PPL: %.6E | ",
                        name,
                        loss,
                        name,
                        ValidationRecord.perplexity(loss))));
    String dashes = "-".repeat(line.length() + 1);
    return List.of(dashes, line.toString(), dashes);
  }
}
