package io.sparkmm.data.sample;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Token ids with the positions to train on.
 *
 * @param inputIds token ids
 * @param labelSpans supervised positions, ascending and disjoint
 */
public record TokenRow(int[] inputIds, List<LabelSpan> labelSpans) {
  /** Label of a position that is not supervised. */
  public static final int IGNORED = -100;

  public TokenRow {
    Objects.requireNonNull(inputIds, "inputIds");
    labelSpans = List.copyOf(labelSpans);
    int last = 0;
    for (LabelSpan span : labelSpans) {
      if (span.start() < last || span.end() > inputIds.length) {
        throw new IllegalArgumentException(
            "Cannot use label span "
                + span
                + ": the spans are not ascending inside "
                + inputIds.length
                + " tokens");
      }
      last = span.end();
    }
  }

  /** Number of tokens. */
  public int length() {
    return inputIds.length;
  }

  /** Number of supervised tokens. */
  public int labelCount() {
    return labelSpans.stream().mapToInt(LabelSpan::length).sum();
  }

  /** Labels as the trainer wants them: the token's own id inside a span, {@code -100} elsewhere. */
  public int[] labels() {
    int[] labels = new int[inputIds.length];
    Arrays.fill(labels, IGNORED);
    for (LabelSpan span : labelSpans) {
      System.arraycopy(inputIds, span.start(), labels, span.start(), span.length());
    }
    return labels;
  }
}
