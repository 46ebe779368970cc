package io.sparkmm.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.fixture.TinyTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PieceTokenizerTest {
  private static final Tokenizer CUTTING =
      Tokenizer.load(
          new TokenizerFiles(
              "a cutting tokenizer",
              TinyTokenizer.cutting(TokenizerFiles.QWEN2_PATTERN),
              TinyTokenizer.configJson()));

  @Test
  void findsAddedTokensWhereverTheyStand() {
    for (String text :
        List.of(
            "<|im_start|>user\nHi<|im_end|>\n",
            "<|im_end|><|im_end|>",
            "<<|im_end|>>",
            "<|im_end",
            " <|image_pad|> ",
            "a  <|image_pad|>  b",
            "<")) {
      assertThat(CUTTING.encode(text)).as(text).isEqualTo(CUTTING.encodeNatively(text));
    }
  }

  @Test
  void givesTheIdsOfTheNativeTokenizerForTheRealVocabulary() {
    Tokenizer real =
        Tokenizer.shared(TokenizerFiles.read(TestFiles.sharedData().resolve("qwen_tokenizer")));
    List<String> words =
        List.of(
            "the",
            " The",
            "I'm",
            "don'T",
            " it'll",
            "  ",
            "\n\n",
            "\r\n",
            " caf\u00e9",
            "123",
            " \u201cquoted\u201d",
            "\u2014",
            "!!!",
            " <|im_end|>",
            "<think>",
            "</think>\n",
            "_x_",
            "\t",
            "\u00a0",
            "supercalifragilistic",
            "a".repeat(70),
            " \u00b5m\u00b2",
            "<tool_call>",
            "<|",
            "|>",
            "\u4f60\u597d",
            "e\u0301",
            "\ud83d\ude00");
    Random random = new Random(5);
    for (int i = 0; i < 3000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(30); n >= 0; n--) {
        text.append(words.get(random.nextInt(words.size() - (i % 4 == 0 ? 0 : 3))));
      }
      assertThat(real.encode(text.toString()))
          .as(text.toString())
          .isEqualTo(real.encodeNatively(text.toString()));
    }
  }

  @Test
  void leavesTokenizersOfOtherRulesToTheNativeOne() throws IOException {
    String json =
        new String(TinyTokenizer.cutting(TokenizerFiles.QWEN2_PATTERN), StandardCharsets.UTF_8);

    assertThat(rules(json)).isTrue();
    assertThat(rules(json.replace("\"NFC\"", "\"NFKC\""))).isFalse();
    assertThat(rules(json.replace("Isolated", "Removed"))).isFalse();
    assertThat(rules(json.replace("|\\\\p{N}|", "|\\\\p{N}{1,3}|"))).isFalse();
    assertThat(rules(json.replace("\"lstrip\":false", "\"lstrip\":true"))).isFalse();
    assertThat(rules(json.replace("\"normalized\":false", "\"normalized\":true"))).isFalse();
    assertThat(rules(json.replace("<|im_end|>", "[im_end]"))).isFalse();
    assertThat(rules(json.replace("\"dropout\":null", "\"dropout\":0.1"))).isFalse();
    assertThat(
            rules(
                json.replace(
                    "\"continuing_subword_prefix\":\"\"", "\"continuing_subword_prefix\":\"#\"")))
        .isFalse();
    assertThat(rules(json.replace("\"BPE\"", "\"Unigram\""))).isFalse();
    assertThat(PieceRules.read(TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL))).isEmpty();
  }

  private static boolean rules(String json) throws IOException {
    return PieceRules.read(json.getBytes(StandardCharsets.UTF_8)).isPresent();
  }
}
