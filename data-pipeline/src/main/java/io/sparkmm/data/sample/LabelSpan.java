package io.sparkmm.data.sample;

/**
 * A half-open range of token positions that are supervised; every position outside all spans of a
 * sample has the label {@code -100}.
 *
 * @param start first supervised position, counted from 0
 * @param end position after the last supervised one, larger than {@code start}
 */
public record LabelSpan(int start, int end) {
  public LabelSpan {
    if (start < 0 || end <= start) {
      throw new IllegalArgumentException("Cannot use label span [" + start + ", " + end + ")");
    }
  }

  /** Number of supervised tokens in this span. */
  public int length() {
    return end - start;
  }
}
