package io.sparkmm.data.inspect;

import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Cuts rows of tokens into pieces with their text. A piece is one token, or as many as it takes to
 * complete a character, or a run of the same token. Not thread-safe.
 */
final class TokenPieces {
  /** Special tokens in a row that are shown as one. */
  private static final int SPECIAL_RUN = 4;

  /** Ordinary tokens in a row that are shown as one. */
  private static final int TEXT_RUN = 16;

  /** A character has at most four bytes, and each of them may be a token. */
  private static final int MAX_TOKENS_PER_CHARACTER = 4;

  private static final char UNDECODABLE = '\ufffd';

  private final Optional<Tokenizer> tokenizer;
  private final Map<Integer, String> special = new HashMap<>();
  private final Map<Integer, String> texts = new HashMap<>();

  /** Tokens that stand before those to decode: decoders may treat the first one in another way. */
  private final int[] anchor;

  private final String anchorText;

  /** With a tokenizer, pieces have text, else numbers. */
  TokenPieces(Optional<Tokenizer> tokenizer) {
    this.tokenizer = tokenizer;
    tokenizer.ifPresent(
        known -> known.specialTokens().added().forEach((text, id) -> special.put(id, text)));
    this.anchor = tokenizer.map(known -> known.encode("a")).orElse(new int[0]);
    this.anchorText = tokenizer.map(known -> known.decode(anchor, false)).orElse("");
  }

  /** The pieces of a part of a row; no piece reaches over a bound of a label span. */
  List<TokenPiece> of(TokenRow row, int from, int to) {
    List<TokenPiece> pieces = new ArrayList<>();
    int at = from;
    for (LabelSpan span : row.labelSpans()) {
      int start = Math.min(to, Math.max(at, span.start()));
      int end = Math.min(to, Math.max(start, span.end()));
      append(pieces, row.inputIds(), new Stretch(at, start, false));
      append(pieces, row.inputIds(), new Stretch(start, end, true));
      at = end;
    }
    append(pieces, row.inputIds(), new Stretch(at, to, false));
    return pieces;
  }

  private record Stretch(int from, int to, boolean supervised) {}

  private void append(List<TokenPiece> pieces, int[] ids, Stretch stretch) {
    int at = stretch.from();
    while (at < stretch.to()) {
      TokenPiece piece = piece(ids, at, stretch);
      pieces.add(piece);
      at += piece.tokens();
    }
  }

  private TokenPiece piece(int[] ids, int at, Stretch stretch) {
    int id = ids[at];
    int run = 1;
    while (at + run < stretch.to() && ids[at + run] == id) {
      run++;
    }
    boolean plain = tokenizer.isPresent() && !special.containsKey(id);
    TokenPiece.Kind kind = plain ? TokenPiece.Kind.TEXT : TokenPiece.Kind.SPECIAL;
    if (run >= (plain ? TEXT_RUN : SPECIAL_RUN)) {
      return new TokenPiece(TokenPiece.Kind.RUN, text(id), id, run, stretch.supervised());
    }
    if (!plain) {
      // Without a tokenizer nobody knows which tokens are special.
      TokenPiece.Kind shown = tokenizer.isPresent() ? kind : TokenPiece.Kind.TEXT;
      return new TokenPiece(shown, text(id), id, 1, stretch.supervised());
    }
    String text = text(id);
    int longest = Math.min(MAX_TOKENS_PER_CHARACTER, stretch.to() - at);
    for (int tokens = 2; text.indexOf(UNDECODABLE) >= 0 && tokens <= longest; tokens++) {
      if (special.containsKey(ids[at + tokens - 1])) {
        break;
      }
      String joined = decode(Arrays.copyOfRange(ids, at, at + tokens));
      if (joined.indexOf(UNDECODABLE) < 0) {
        return new TokenPiece(kind, joined, id, tokens, stretch.supervised());
      }
    }
    return new TokenPiece(kind, text, id, 1, stretch.supervised());
  }

  private String text(int id) {
    if (tokenizer.isEmpty()) {
      return id + " ";
    }
    String name = special.get(id);
    return name != null ? name : texts.computeIfAbsent(id, key -> decode(new int[] {key}));
  }

  private String decode(int[] ids) {
    Tokenizer known = tokenizer.orElseThrow();
    int[] anchored = Arrays.copyOf(anchor, anchor.length + ids.length);
    System.arraycopy(ids, 0, anchored, anchor.length, ids.length);
    String text = known.decode(anchored, false);
    return text.startsWith(anchorText)
        ? text.substring(anchorText.length())
        : known.decode(ids, false);
  }
}
