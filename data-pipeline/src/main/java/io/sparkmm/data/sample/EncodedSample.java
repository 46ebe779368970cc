package io.sparkmm.data.sample;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One training sample as a shard stores it: token ids, supervised spans and pictures.
 *
 * @param id stable name: source name and record number; of a packed row that of its first record
 * @param row token ids, already truncated, and what to train of them; the placeholder of each
 *     picture is expanded to one token per merged vision feature. Of a preference pair the prompt
 *     with the chosen answer
 * @param images pictures in the order of their placeholders
 * @param rejected of a preference pair the prompt with the rejected answer; it has the same
 *     pictures. Else empty
 * @param segments the records of a packed row in their order; the tokens behind the last one are
 *     padding. Else empty
 */
public record EncodedSample(
    String id,
    TokenRow row,
    List<EncodedImage> images,
    Optional<TokenRow> rejected,
    List<PackedSegment> segments) {
  public EncodedSample {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(row, "row");
    images = List.copyOf(images);
    Objects.requireNonNull(rejected, "rejected");
    segments = List.copyOf(segments);
    if (rejected.isPresent() && !segments.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot use sample " + id + ": a preference pair cannot be packed");
    }
    if (!segments.isEmpty()) {
      long tokens = segments.stream().mapToLong(PackedSegment::length).sum();
      long pictures = segments.stream().mapToLong(PackedSegment::images).sum();
      if (tokens > row.length() || pictures != images.size()) {
        throw new IllegalArgumentException(
            "Cannot use packed row "
                + id
                + ": its records have "
                + tokens
                + " tokens and "
                + pictures
                + " pictures, the row has "
                + row.length()
                + " and "
                + images.size());
      }
    }
  }

  /**
   * A conversation to imitate, or a plain text.
   *
   * @throws IllegalArgumentException naming the sample, if the spans do not fit the ids
   */
  public EncodedSample(
      String id, int[] inputIds, List<LabelSpan> labelSpans, List<EncodedImage> images) {
    this(id, row(id, inputIds, labelSpans), images, Optional.empty(), List.of());
  }

  /** Token ids of the row. */
  public int[] inputIds() {
    return row.inputIds();
  }

  /** Supervised positions of the row, ascending and disjoint. */
  public List<LabelSpan> labelSpans() {
    return row.labelSpans();
  }

  /** Number of supervised tokens of the row. */
  public int labelCount() {
    return row.labelCount();
  }

  /** Labels of the row: the token's own id where it is supervised, {@code -100} elsewhere. */
  public int[] labels() {
    return row.labels();
  }

  /** Token ids of both answers, without the padding of a packed row. */
  public long tokenCount() {
    if (!segments.isEmpty()) {
      return segments.stream().mapToLong(PackedSegment::length).sum();
    }
    return (long) row.length() + rejected.map(TokenRow::length).orElse(0);
  }

  /** The same sample with other pictures of the same number. */
  public EncodedSample withImages(List<EncodedImage> others) {
    return new EncodedSample(id, row, others, rejected, segments);
  }

  /** Whether a data set of this kind can hold the sample. */
  public boolean is(SampleKind kind) {
    return rejected.isPresent() == (kind == SampleKind.PREFERENCE)
        && segments.isEmpty() == (kind != SampleKind.PACKED);
  }

  private static TokenRow row(String id, int[] inputIds, List<LabelSpan> labelSpans) {
    try {
      return new TokenRow(inputIds, labelSpans);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("Cannot use sample " + id + ": " + e.getMessage(), e);
    }
  }
}
