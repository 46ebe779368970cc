package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.fixture.TestFiles;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelFilesTest {
  private static final List<BpeTrainer.Merge> MERGES = BpeTrainer.train(ShapesTexts.all());
  private static Tokenizer tokenizer;

  @BeforeAll
  static void load() {
    tokenizer =
        Tokenizer.load(
            new TokenizerFiles(
                "the shapes set", bytes(ModelFiles.tokenizer(MERGES)), bytes(config())));
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  private static ObjectNode config() {
    return ModelFiles.tokenizerConfig(MERGES);
  }

  private static byte[] bytes(JsonNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  static List<JsonNode> texts() {
    return TestFiles.lines(TestFiles.golden("shapes_tokens.jsonl"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void givesTheTokensThatTransformersGives(JsonNode reference) {
    List<Integer> expected = new ArrayList<>();
    reference.get("ids").forEach(id -> expected.add(id.asInt()));
    assertThat(tokenizer.encode(reference.get("text").asText()))
        .containsExactly(expected.toArray(Integer[]::new));
  }

  @Test
  void specialTokensFollowTheVocabulary() {
    int words = BpeTrainer.vocabulary(MERGES).size();
    for (int i = 0; i < ModelFiles.SPECIAL_TOKENS.size(); i++) {
      assertThat(tokenizer.specialId(ModelFiles.SPECIAL_TOKENS.get(i))).isEqualTo(words + i);
    }
    assertThat(tokenizer.specialTokens().vocabularySize())
        .isEqualTo(words + ModelFiles.SPECIAL_TOKENS.size())
        .isLessThanOrEqualTo(512);
    assertThat(tokenizer.specialTokens().eos()).contains("<|im_end|>");
    assertThat(tokenizer.specialTokens().pad()).contains("<|endoftext|>");
  }

  @Test
  void everyMergeMakesATokenOfTokensBeforeIt() {
    List<String> vocabulary = List.copyOf(BpeTrainer.vocabulary(MERGES));
    JsonNode model = ModelFiles.tokenizer(MERGES).get("model");
    assertThat(model.get("vocab")).hasSize(vocabulary.size());
    for (JsonNode merge : model.get("merges")) {
      String left = merge.get(0).asText();
      String right = merge.get(1).asText();
      int made = model.get("vocab").get(left + right).asInt();
      assertThat(model.get("vocab").get(left).asInt()).isLessThan(made);
      assertThat(model.get("vocab").get(right).asInt()).isLessThan(made);
    }
  }

  @Test
  void theConfigurationNamesTheClassAndTheTokens() {
    ObjectNode config = config();
    assertThat(config.get("tokenizer_class").asText()).isEqualTo("Qwen2Tokenizer");
    assertThat(config.get("added_tokens_decoder")).hasSize(8);
    assertThat(config.get("additional_special_tokens")).hasSize(7);
    assertThat(config.get("chat_template").asText())
        .contains("<|im_start|>", "add_generation_prompt");
    assertThat(config.get("bos_token").isNull()).isTrue();
  }
}
