package io.sparkmm.data.sample;

import java.util.Objects;

/**
 * A record inside a packed row.
 *
 * @param id name of the record
 * @param length its tokens
 * @param images its pictures
 */
public record PackedSegment(String id, int length, int images) {
  public PackedSegment {
    Objects.requireNonNull(id, "id");
    if (length < 1 || images < 0) {
      throw new IllegalArgumentException(
          "Cannot pack record " + id + " of " + length + " tokens and " + images + " pictures");
    }
  }
}
