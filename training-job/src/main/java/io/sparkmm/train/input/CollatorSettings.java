package io.sparkmm.train.input;

import io.sparkmm.data.sample.TokenRow;
import java.io.Serializable;
import java.util.Objects;

/**
 * How samples become a batch.
 *
 * @param padding how short rows are filled up
 * @param picture tokens that stand for a picture
 * @param mergeSize side, in patches, of the square that becomes one picture token
 * @param neatPacking whether attention stays inside the records of a packed row
 */
public record CollatorSettings(
    Padding padding, PictureTokens picture, int mergeSize, boolean neatPacking)
    implements Serializable {
  /** Label of a position that is not supervised. */
  public static final int IGNORED = TokenRow.IGNORED;

  /** Row lengths are multiples of this. */
  public static final int DEFAULT_MULTIPLE = 8;

  /**
   * How short rows are filled up.
   *
   * @param token id that fills them up
   * @param label label of those positions: {@code -100}, or the padding token where padding is to
   *     be learned
   * @param multiple rows are padded to a multiple of this length
   */
  public record Padding(int token, int label, int multiple) implements Serializable {
    public Padding {
      if (multiple < 1) {
        throw new IllegalArgumentException("Cannot collate: multiple is " + multiple);
      }
    }
  }

  /**
   * Ids of the tokens around and in place of a picture.
   *
   * @param start token before a picture
   * @param image token that is replaced by one merged feature
   * @param end token after a picture
   */
  public record PictureTokens(int start, int image, int end) implements Serializable {}

  public CollatorSettings {
    Objects.requireNonNull(padding, "padding");
    Objects.requireNonNull(picture, "picture");
    if (mergeSize < 1) {
      throw new IllegalArgumentException("Cannot collate: merge size is " + mergeSize);
    }
  }
}
