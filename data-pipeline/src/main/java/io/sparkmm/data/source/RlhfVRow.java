package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.RejectReason;
import java.util.Objects;

/**
 * A row of RLHF-V in either of its published shapes, which its columns tell apart. The original one
 * has a column {@code text} with JSON text of the keys question, chosen and rejected, and a column
 * {@code image}; the other has {@code conversations}, {@code chosen}, {@code rejected} and {@code
 * images}. A picture is an object whose {@code bytes} hold the encoded picture, or the path of one.
 */
public sealed interface RlhfVRow {
  /**
   * A usable row.
   *
   * @param question the question, with the placeholder of the picture
   * @param chosen the preferred answer
   * @param rejected the other answer
   * @param picture the picture
   */
  record Usable(String question, String chosen, String rejected, Picture picture)
      implements RlhfVRow {
    public Usable {
      Objects.requireNonNull(question, "question");
      Objects.requireNonNull(chosen, "chosen");
      Objects.requireNonNull(rejected, "rejected");
      Objects.requireNonNull(picture, "picture");
    }
  }

  /**
   * A row to be left out.
   *
   * @param reason the kind of defect
   * @param detail the offending value
   */
  record Unusable(RejectReason reason, String detail) implements RlhfVRow {
    public Unusable {
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(detail, "detail");
    }
  }

  /** A picture of a row. */
  sealed interface Picture {
    /**
     * The encoded picture itself.
     *
     * @param bytes a whole picture file, not empty
     */
    record Bytes(byte[] bytes) implements Picture {}

    /**
     * Where the picture is.
     *
     * @param path path or URI
     */
    record At(String path) implements Picture {}
  }

  /**
   * Reads a row.
   *
   * @param row the row; bytes are binary values
   * @param pictureRoot folder that paths of pictures are relative to
   */
  static RlhfVRow of(JsonNode row, String pictureRoot) {
    return new RlhfVReader(pictureRoot).read(row);
  }
}
