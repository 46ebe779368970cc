package io.sparkmm.train.input;

import java.io.Serializable;

/**
 * How samples become a batch.
 *
 * @param padToken id that fills up short rows
 * @param padLabel label of those positions: {@code -100}, or the padding token where padding is to
 *     be learned
 * @param multiple rows are padded to a multiple of this length
 * @param picture tokens that stand for a picture
 * @param mergeSize side, in patches, of the square that becomes one picture token
 */
public record CollatorSettings(
    int padToken, int padLabel, int multiple, PictureTokens picture, int mergeSize)
    implements Serializable {
  /** Label of a position that is not supervised. */
  public static final int IGNORED = -100;

  /** Row lengths are multiples of this. */
  public static final int DEFAULT_MULTIPLE = 8;

  /**
   * Ids of the tokens around and in place of a picture.
   *
   * @param start token before a picture
   * @param image token that is replaced by one merged feature
   * @param end token after a picture
   */
  public record PictureTokens(int start, int image, int end) implements Serializable {}

  public CollatorSettings {
    if (multiple < 1 || mergeSize < 1) {
      throw new IllegalArgumentException(
          "Cannot collate: multiple is " + multiple + ", merge size is " + mergeSize);
    }
  }
}
