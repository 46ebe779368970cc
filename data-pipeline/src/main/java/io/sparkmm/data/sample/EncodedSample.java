package io.sparkmm.data.sample;

import java.util.List;
import java.util.Objects;

/**
 * One training sample as a shard stores it: token ids, supervised spans and pictures.
 *
 * @param id stable name: source name and record number
 * @param inputIds token ids, already truncated; the placeholder of each picture is expanded to one
 *     token per merged vision feature
 * @param labelSpans supervised positions, ascending and disjoint
 * @param images pictures in the order of their placeholders
 */
public record EncodedSample(
    String id, int[] inputIds, List<LabelSpan> labelSpans, List<EncodedImage> images) {
  public EncodedSample {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(inputIds, "inputIds");
    labelSpans = List.copyOf(labelSpans);
    images = List.copyOf(images);
    int last = 0;
    for (LabelSpan span : labelSpans) {
      if (span.start() < last || span.end() > inputIds.length) {
        throw new IllegalArgumentException(
            "Cannot use label span "
                + span
                + " of sample "
                + id
                + ": the spans are not ascending"
                + " inside "
                + inputIds.length
                + " tokens");
      }
      last = span.end();
    }
  }

  /** Number of supervised tokens. */
  public int labelCount() {
    int count = 0;
    for (LabelSpan span : labelSpans) {
      count += span.length();
    }
    return count;
  }

  /** Labels as the trainer wants them: the token's own id inside a span, {@code -100} elsewhere. */
  public int[] labels() {
    int[] labels = new int[inputIds.length];
    java.util.Arrays.fill(labels, -100);
    for (LabelSpan span : labelSpans) {
      System.arraycopy(inputIds, span.start(), labels, span.start(), span.length());
    }
    return labels;
  }
}
