package io.sparkmm.data.shard;

import io.sparkmm.data.sample.PackedSegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The numbers of a sample without its tokens and pictures, for statistics over a whole data set.
 *
 * @param id stable name, as in {@link io.sparkmm.data.sample.EncodedSample}
 * @param row size of the row; of a preference pair that of the chosen answer
 * @param rejected of a preference pair the size of the rejected answer's row, else empty
 * @param pictures sizes of the pictures
 * @param segments the records of a packed row, else empty
 */
public record SampleShape(
    String id,
    Row row,
    Optional<Row> rejected,
    List<Picture> pictures,
    List<PackedSegment> segments) {

  /**
   * Size of a row of tokens.
   *
   * @param tokens token ids
   * @param supervised how many of them are trained
   */
  public record Row(int tokens, int supervised) {}

  /**
   * Size of a picture.
   *
   * @param height pixels of the stored picture
   * @param width pixels of the stored picture
   * @param patches patches of its grid, before merging
   */
  public record Picture(int height, int width, long patches) {
    /** Pixels of the stored picture. */
    public long pixels() {
      return (long) height * width;
    }
  }

  public SampleShape {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(row, "row");
    Objects.requireNonNull(rejected, "rejected");
    pictures = List.copyOf(pictures);
    segments = List.copyOf(segments);
  }

  /** Token ids of the records of the row, which are all but the padding of a packed row. */
  public int usedTokens() {
    return segments.isEmpty()
        ? row.tokens()
        : segments.stream().mapToInt(PackedSegment::length).sum();
  }
}
