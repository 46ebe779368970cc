package io.sparkmm.data.template;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.LabelSpan;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Joins the exchanges of a conversation, cuts them to a length, and marks the tokens to train on.
 *
 * <p>Exchanges are taken in order until the length is used up; the one that no longer fits is cut
 * by {@link LengthFit}. With {@code maskHistory} they are taken from the last one backwards.
 *
 * @param cutoffLength most tokens of a sample
 * @param trainOnPrompt whether questions are trained, too
 * @param maskHistory whether only the last answer is trained
 */
public record LabelMask(int cutoffLength, boolean trainOnPrompt, boolean maskHistory)
    implements Serializable {

  /**
   * The tokens of a sample.
   *
   * @param ids token ids, at most {@code cutoffLength}
   * @param spans positions to train on, ascending, neighbours joined
   */
  public record Masked(int[] ids, List<LabelSpan> spans) {
    public Masked {
      spans = List.copyOf(spans);
    }
  }

  public LabelMask {
    if (cutoffLength < 1) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot cut samples to " + cutoffLength + " tokens: the length has to be at least 1");
    }
  }

  /** Joins, cuts and marks. */
  public Masked apply(List<TokenPair> pairs) {
    List<Piece> pieces = new ArrayList<>(2 * pairs.size());
    int total = 0;
    for (int j = 0; j < pairs.size() && total < cutoffLength; j++) {
      TokenPair pair = pairs.get(maskHistory ? pairs.size() - 1 - j : j);
      LengthFit fit =
          LengthFit.fit(pair.source().length, pair.target().length, cutoffLength - total);
      total += fit.source() + fit.target();
      Piece source = new Piece(pair.source(), fit.source(), trainOnPrompt);
      Piece target = new Piece(pair.target(), fit.target(), !maskHistory || j == 0);
      int at = maskHistory ? 0 : pieces.size();
      pieces.add(at, source);
      pieces.add(at + 1, target);
    }
    return join(pieces, total);
  }

  private static Masked join(List<Piece> pieces, int total) {
    int[] ids = new int[total];
    List<LabelSpan> spans = new ArrayList<>();
    int position = 0;
    int start = -1;
    for (Piece piece : pieces) {
      if (piece.length() == 0) {
        continue;
      }
      System.arraycopy(piece.ids(), 0, ids, position, piece.length());
      if (piece.labelled() && start < 0) {
        start = position;
      } else if (!piece.labelled() && start >= 0) {
        spans.add(new LabelSpan(start, position));
        start = -1;
      }
      position += piece.length();
    }
    if (start >= 0) {
      spans.add(new LabelSpan(start, position));
    }
    return new Masked(ids, spans);
  }

  private record Piece(int[] ids, int length, boolean labelled) {}
}
