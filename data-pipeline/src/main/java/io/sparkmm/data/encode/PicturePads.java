package io.sparkmm.data.encode;

import io.sparkmm.data.template.TokenPair;
import java.util.Arrays;

/**
 * Turns the one pad token of every picture into as many as the picture has features. Doing that on
 * ids instead of on the text gives the same ids, since the pad is a special token that the
 * tokenizer splits off first, and spares it hundreds of tokens per picture.
 */
final class PicturePads {
  private final int padId;
  private final int[] counts;
  private int used;

  /**
   * Pads for the pictures of one conversation.
   *
   * @param padId id of the pad
   * @param counts features of each picture, in order
   */
  PicturePads(int padId, int[] counts) {
    this.padId = padId;
    this.counts = counts;
  }

  /** The pair with its pads repeated; pairs have to come in the order of the conversation. */
  TokenPair repeat(TokenPair pair) {
    return new TokenPair(repeat(pair.source()), repeat(pair.target()));
  }

  /** Number of {@code id} among {@code ids}. */
  static int count(int[] ids, int id) {
    int count = 0;
    for (int other : ids) {
      if (other == id) {
        count++;
      }
    }
    return count;
  }

  private int[] repeat(int[] ids) {
    int pads = count(ids, padId);
    if (pads == 0) {
      return ids;
    }
    int length = ids.length;
    for (int i = 0; i < pads; i++) {
      length = Math.addExact(length, counts[used + i] - 1);
    }
    int[] repeated = new int[length];
    int position = 0;
    for (int id : ids) {
      int times = id == padId ? counts[used++] : 1;
      Arrays.fill(repeated, position, position + times, id);
      position += times;
    }
    return repeated;
  }
}
