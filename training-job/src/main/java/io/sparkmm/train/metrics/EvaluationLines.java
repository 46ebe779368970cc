package io.sparkmm.train.metrics;

import java.util.List;
import java.util.Locale;

/**
 * The lines in which a validation is printed: one with a loss and its perplexity {@code exp(min(20,
 * loss))} for each name, between two lines of dashes.
 */
public final class EvaluationLines {
  private static final double LARGEST_EXPONENT = 20.0;

  private EvaluationLines() {}

  /** The three lines, without line ends. */
  public static List<String> of(EvaluationRecord values) {
    StringBuilder line = new StringBuilder(" validation loss at iteration ");
    line.append(values.iteration());
    line.append(values.afterTraining() ? " on validation set | " : " | ");
    values
        .losses()
        .forEach(
            (name, loss) ->
                line.append(
                    String.format(
                        Locale.ROOT,
                        "%s value: %.6E | %s PPL: %.6E | ",
                        name,
                        loss,
                        name,
                        Math.exp(Math.min(LARGEST_EXPONENT, loss)))));
    String dashes = "-".repeat(line.length() + 1);
    return List.of(dashes, line.toString(), dashes);
  }
}
