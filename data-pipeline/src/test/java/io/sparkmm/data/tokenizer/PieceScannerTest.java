package io.sparkmm.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.sparkmm.data.fixture.TinyTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The native tokenizer numbers the pieces of a text; its own cuts are compared with ours. */
class PieceScannerTest {
  private static final HuggingFaceTokenizer NATIVE = nativeTokenizer();

  private static final String SIGNIFICANT =
      "aZsTrelmvd'! \t\n\r\u00a0\u0085_9\u00b2\u00e9\u2019\0<";

  @Test
  void cutsEveryCharacterInEveryPlaceAsTheNativeTokenizerDoes() {
    for (char c : characters()) {
      check("a" + c + "b " + c + " 1" + c + "\n" + c + c + "'" + c + "  " + c);
    }
  }

  @Test
  void cutsAllShortTextsOfSignificantCharactersAsTheNativeTokenizerDoes() {
    StringBuilder all = new StringBuilder();
    for (char first : SIGNIFICANT.toCharArray()) {
      for (char second : SIGNIFICANT.toCharArray()) {
        for (char third : SIGNIFICANT.toCharArray()) {
          check("" + first + second + third);
        }
        all.append(first).append(second);
      }
    }
    check(all.toString());
  }

  @Property(seed = "1", tries = 2000)
  void cutsTextsAsTheNativeTokenizerDoes(@ForAll("texts") String text) {
    check(text);
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<Character> significant = Arbitraries.of(chars(SIGNIFICANT));
    Arbitrary<Character> any = Arbitraries.of(characters());
    return Arbitraries.oneOf(significant, any).list().ofMaxSize(40).map(PieceScannerTest::join);
  }

  @Test
  void knowsOnlyCharactersOnWhichAllTablesAgree() {
    assertThat(PieceScanner.knows("caf\u00e9 \u2013 \u201cx\u201d\u2026")).isTrue();
    assertThat(PieceScanner.knows("\u0100")).isFalse();
    assertThat(PieceScanner.knows("e\u0301")).isFalse();
    assertThat(PieceScanner.knows("\u017f")).isFalse();
    assertThat(PieceScanner.knows("\u2028")).isFalse();
    assertThat(PieceScanner.knows("\ud83d\ude00")).isFalse();
  }

  private static void check(String text) {
    assertThat(cuts(text))
        .as(text.chars().mapToObj(Integer::toHexString).toList()::toString)
        .isEqualTo(nativeCuts(text));
  }

  private static List<String> cuts(String text) {
    List<String> pieces = new ArrayList<>();
    for (int start = 0; start < text.length(); ) {
      int end = PieceScanner.end(text, start, text.length());
      pieces.add(text.substring(start, end));
      start = end;
    }
    return pieces;
  }

  /** Each byte is a token, so the text of a piece is found by counting bytes. */
  private static List<String> nativeCuts(String text) {
    long[] words = NATIVE.encode(text, false, false).getWordIds();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(words).hasSize(bytes.length);
    List<String> pieces = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= bytes.length; i++) {
      if (i == bytes.length || words[i] != words[i - 1]) {
        pieces.add(new String(bytes, start, i - start, StandardCharsets.UTF_8));
        start = i;
      }
    }
    return pieces;
  }

  private static List<Character> characters() {
    List<Character> known = new ArrayList<>();
    for (int c = 0; c < Character.MAX_VALUE; c++) {
      if (PieceScanner.knows(Character.toString(c))) {
        known.add((char) c);
      }
    }
    return known;
  }

  private static List<Character> chars(String text) {
    return text.chars().mapToObj(c -> (char) c).toList();
  }

  private static String join(List<Character> characters) {
    StringBuilder text = new StringBuilder();
    characters.forEach(text::append);
    return text.toString();
  }

  private static HuggingFaceTokenizer nativeTokenizer() {
    try {
      return HuggingFaceTokenizer.newInstance(
          new ByteArrayInputStream(TinyTokenizer.cutting(TokenizerFiles.QWEN2_PATTERN)),
          Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
