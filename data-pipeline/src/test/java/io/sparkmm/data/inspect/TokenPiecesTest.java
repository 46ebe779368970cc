package io.sparkmm.data.inspect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.inspect.TokenPiece.Kind;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.TokenRow;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class TokenPiecesTest {
  private static final int PAD = TinyTokenizer.id("<|image_pad|>");

  private final TokenPieces pieces = new TokenPieces(Optional.of(TinyTokenizer.shared()));

  private static int[] ids(String text) {
    return TinyTokenizer.shared().encode(text);
  }

  private List<TokenPiece> all(int[] ids, LabelSpan... spans) {
    return pieces.of(new TokenRow(ids, List.of(spans)), 0, ids.length);
  }

  @Test
  void tokensOfOneCharacterAreOnePiece() {
    assertThat(all(ids("a\u00e9\u4f60")))
        .containsExactly(
            new TokenPiece(Kind.TEXT, "a", 97, 1, false),
            new TokenPiece(Kind.TEXT, "\u00e9", 0xc3, 2, false),
            new TokenPiece(Kind.TEXT, "\u4f60", 0xe4, 3, false));
  }

  @Test
  void tokensOfABrokenCharacterStandAlone() {
    assertThat(all(new int[] {0xe4, 0xbd, 'b'}))
        .extracting(TokenPiece::text)
        .containsExactly("\ufffd", "\ufffd", "b");
    assertThat(all(new int[] {0xe4, TinyTokenizer.id("<|im_end|>"), 0xbd}))
        .extracting(TokenPiece::text)
        .containsExactly("\ufffd", "<|im_end|>", "\ufffd");
  }

  @Test
  void specialTokensAndRunsAreTold() {
    assertThat(all(new int[] {PAD, PAD, PAD, PAD, PAD, 'x', PAD, PAD, PAD}))
        .extracting(TokenPiece::kind, TokenPiece::tokens, TokenPiece::text)
        .containsExactly(
            tuple(Kind.RUN, 5, "<|image_pad|>"),
            tuple(Kind.TEXT, 1, "x"),
            tuple(Kind.SPECIAL, 1, "<|image_pad|>"),
            tuple(Kind.SPECIAL, 1, "<|image_pad|>"),
            tuple(Kind.SPECIAL, 1, "<|image_pad|>"));
    assertThat(all(ids("-".repeat(15)))).hasSize(15);
    assertThat(all(ids("-".repeat(16)))).singleElement().extracting("kind").isEqualTo(Kind.RUN);
  }

  @Test
  void noPieceReachesOverTheBoundOfALabel() {
    List<TokenPiece> found =
        all(new int[] {PAD, PAD, PAD, PAD, PAD, PAD, 'a', 'b'}, new LabelSpan(2, 7));
    assertThat(found)
        .extracting(TokenPiece::tokens, TokenPiece::supervised)
        .containsExactly(
            tuple(1, false), tuple(1, false), tuple(4, true), tuple(1, true), tuple(1, false));
  }

  @Test
  void aPartOfARowKeepsItsLabels() {
    TokenRow row = new TokenRow(ids("abcdefgh"), List.of(new LabelSpan(1, 3), new LabelSpan(5, 7)));
    assertThat(pieces.of(row, 2, 6))
        .extracting(TokenPiece::text, TokenPiece::supervised)
        .containsExactly(tuple("c", true), tuple("d", false), tuple("e", false), tuple("f", true));
  }

  @Test
  void withoutATokenizerTokensAreNumbers() {
    TokenRow row = new TokenRow(new int[] {5, 6, 6, 6, 6}, List.of());
    assertThat(new TokenPieces(Optional.empty()).of(row, 0, 5))
        .containsExactly(
            new TokenPiece(Kind.TEXT, "5 ", 5, 1, false),
            new TokenPiece(Kind.RUN, "6 ", 6, 4, false));
  }

  @Property(seed = "1", tries = 200)
  void piecesTogetherAreTheTextOfTheRow(@ForAll @StringLength(max = 40) String text) {
    // Halves of surrogate pairs become question marks; the replacement character looks like a
    // broken one.
    String valid = new String(text.getBytes(UTF_8), UTF_8).replace('\ufffd', '?');
    int[] ids = ids(valid);
    List<TokenPiece> found = all(ids);
    assertThat(found.stream().mapToInt(TokenPiece::tokens).sum()).isEqualTo(ids.length);
    String joined =
        found.stream()
            .map(
                piece ->
                    piece.kind() == Kind.RUN ? piece.text().repeat(piece.tokens()) : piece.text())
            .collect(Collectors.joining());
    assertThat(joined).isEqualTo(TinyTokenizer.shared().decode(ids, false));
  }
}
