package io.sparkmm.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Json;
import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.sample.DataException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpecialTokensTest {
  private static final String TOKENIZER =
      "{model: {type: 'BPE', merges: [['a', 'b']], vocab: {a: 0, b: 1, ab: 9}, extra: {vocab: 1}},"
          + " added_tokens: [{id: 3, content: '<x>', special: true}, {id: 2, content: '<y>'}],"
          + " decoder: {added_tokens: [7]}}";

  @Test
  void readsAddedTokensAndTheSizeOfTheVocabulary() {
    SpecialTokens tokens = read(TOKENIZER, "");

    assertThat(tokens.added()).hasSize(2).containsEntry("<x>", 3).containsEntry("<y>", 2);
    assertThat(tokens.id("<x>")).hasValue(3);
    assertThat(tokens.id("a")).isEmpty();
    assertThat(tokens.vocabularySize()).isEqualTo(10);
  }

  @Test
  void countsAddedTokensBehindTheVocabulary() {
    SpecialTokens tokens = SpecialTokens.read(TinyTokenizer.files());

    assertThat(tokens.vocabularySize()).isEqualTo(256 + TinyTokenizer.SPECIAL.size());
    assertThat(tokens.added().keySet()).containsExactlyInAnyOrderElementsOf(TinyTokenizer.SPECIAL);
  }

  @Test
  void readsNamesAsTextOrObject() {
    SpecialTokens tokens =
        read(
            TOKENIZER,
            "{bos_token: null, eos_token: '<x>', pad_token: {content: '<y>', lstrip: false}}");

    assertThat(tokens.bos()).isEmpty();
    assertThat(tokens.eos()).hasValue("<x>");
    assertThat(tokens.pad()).hasValue("<y>");
  }

  @Test
  void hasNoNamesWithoutTheSecondFile() {
    SpecialTokens tokens = read(TOKENIZER, "");

    assertThat(List.of(tokens.bos(), tokens.eos(), tokens.pad())).allMatch(name -> name.isEmpty());
  }

  @Test
  void acceptsAddedTokensThatBothFilesHave() {
    assertThat(read(TOKENIZER, "{added_tokens_decoder: {'3': {content: '<x>'}}}").added())
        .hasSize(2);
  }

  @Test
  void refusesAddedTokensThatOnlyTheSecondFileHas() {
    assertThatThrownBy(() -> read(TOKENIZER, "{added_tokens_decoder: {'4': {content: '<z>'}}}"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot load the tokenizer of test: tokenizer_config.json adds token <z> with id 4,"
                + " tokenizer.json does not have it");
    assertThatThrownBy(() -> read(TOKENIZER, "{added_tokens_decoder: {'4': {content: '<x>'}}}"))
        .hasMessage(
            "Cannot load the tokenizer of test: tokenizer_config.json adds token <x> with id 4,"
                + " tokenizer.json has it with id 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[1]", "text"})
  void refusesWhatIsNoJsonObject(String json) {
    TokenizerFiles files =
        new TokenizerFiles("test", json.getBytes(StandardCharsets.UTF_8), new byte[0]);

    assertThatThrownBy(() -> SpecialTokens.read(files))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "Cannot load the tokenizer of test: tokenizer.json is not valid JSON")
        .extracting("kind")
        .isEqualTo(DataException.Kind.CHECKPOINT);
  }

  @Test
  void refusesASecondFileThatIsNoJson() {
    TokenizerFiles files =
        new TokenizerFiles(
            "test",
            Json.of(TOKENIZER).toString().getBytes(StandardCharsets.UTF_8),
            "{".getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> SpecialTokens.read(files))
        .hasMessageContaining("tokenizer_config.json is not valid JSON");
  }

  private static SpecialTokens read(String tokenizer, String config) {
    return SpecialTokens.read(
        new TokenizerFiles("test", json(tokenizer), config.isEmpty() ? new byte[0] : json(config)));
  }

  private static byte[] json(String text) {
    return Json.of(text).toString().getBytes(StandardCharsets.UTF_8);
  }
}
