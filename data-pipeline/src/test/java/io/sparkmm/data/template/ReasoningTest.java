package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.template.Reasoning.Thinking;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReasoningTest {
  private static final String EMPTY = "<think>\n\n</think>\n\n";
  private static final String THOUGHT = "<think>\nt\n</think>\n\n";
  private static final String START = "<|im_start|>user\n";
  private static final String ASK = "<|im_end|>\n<|im_start|>assistant\n";
  private static final String END = "<|im_end|>\n";

  private final Tokenizer tokenizer = TinyTokenizer.shared();
  private final ChatTemplate qwen3 = ChatTemplates.standard().get("qwen3_vl");

  @Test
  void trainsAnEmptyThoughtForAnAnswerWithoutOne() {
    assertPairs(pairs(qwen3, false, "Hi", "Yo"), START + "Hi" + ASK, EMPTY + "Yo" + END);
  }

  @Test
  void keepsThoughts() {
    assertPairs(
        pairs(qwen3, false, "Hi", THOUGHT + "Yo"), START + "Hi" + ASK, THOUGHT + "Yo" + END);
  }

  @Test
  void aSingleWordOfAThoughtCountsAsOne() {
    assertPairs(pairs(qwen3, false, "Hi", "</think>Yo"), START + "Hi" + ASK, "</think>Yo" + END);
  }

  @Test
  void putsTheEmptyThoughtIntoTheQuestionWhenThinkingIsOff() {
    ChatTemplate off = qwen3.withThinking(Thinking.OFF);

    assertPairs(pairs(off, false, "Hi", "Yo"), START + "Hi" + ASK + EMPTY, "Yo" + END);
    assertPairs(
        pairs(off, false, "Hi", "<think>a</think>\n\n\nYo", "A", THOUGHT + "B"),
        START + "Hi" + ASK + EMPTY,
        "Yo" + END,
        START + "A" + ASK + EMPTY,
        "B" + END);
  }

  @Test
  void keepsThoughtsButPromptsTheEmptyOneWhenThinkingIsUnset() {
    ChatTemplate unset = qwen3.withThinking(Thinking.UNSET);

    assertPairs(
        pairs(unset, false, "Hi", "Yo", "A", THOUGHT + "B"),
        START + "Hi" + ASK + EMPTY,
        "Yo" + END,
        START + "A" + ASK,
        THOUGHT + "B" + END);
  }

  @Test
  void discardsThoughtsOfUntrainedAnswersWhereTheTemplateSaysSo() {
    Reasoning rules = new Reasoning("<think>\n", "\n</think>\n\n", EMPTY, Thinking.ON, true);
    ChatTemplate template = qwen3.toBuilder().reasoning(rules).build();

    assertPairs(
        pairs(template, true, "Hi", THOUGHT + "Yo", "A", "B"),
        START + "Hi" + ASK,
        "Yo" + END,
        START + "A" + ASK,
        EMPTY + "B" + END);
    assertPairs(
        pairs(qwen3, true, "Hi", THOUGHT + "Yo", "A", "B"),
        START + "Hi" + ASK,
        THOUGHT + "Yo" + END,
        START + "A" + ASK,
        EMPTY + "B" + END);
  }

  @Test
  void oneExchangeHasNoThoughtsInItsHistory() {
    TokenPair pair =
        new TemplateEncoder(qwen3, tokenizer)
            .encodeOneTurn("", turns("Hi", THOUGHT + "Yo", "A", THOUGHT + "B"));

    assertPairs(
        List.of(pair), START + "Hi" + ASK + "Yo" + END + START + "A" + ASK, THOUGHT + "B" + END);
  }

  @Test
  void templatesWithoutRulesHaveNoChoice() {
    ChatTemplate plain = ChatTemplates.standard().get("qwen3_vl_nothink");

    assertThat(plain.withThinking(Thinking.OFF)).isSameAs(plain);
    assertPairs(
        pairs(plain, false, "Hi", THOUGHT + "Yo"), START + "Hi" + ASK, THOUGHT + "Yo" + END);
  }

  @ParameterizedTest
  @CsvSource({
    "<think>a</think>b,b",
    "a<think>b</think>c<think>d</think>e,ace",
    "<think>a,<think>a",
    "a</think>b,a</think>b",
    "<think><think>a</think></think>,</think>"
  })
  void removesWholeThoughts(String answer, String rest) {
    assertThat(qwen3.reasoning().orElseThrow().withoutThoughts(answer)).isEqualTo(rest);
  }

  @Test
  void removesThoughtsOfSeveralLinesAndLeadingLineFeedsOnly() {
    assertThat(qwen3.reasoning().orElseThrow().withoutThoughts("\n<think>a\r\nb</think>\n\n \nc\n"))
        .isEqualTo(" \nc\n");
  }

  @Test
  void refusesBlankWords() {
    assertThatThrownBy(() -> new Reasoning(" ", "</think>", "", Thinking.ON, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot mark thoughts with a blank word");
  }

  private List<TokenPair> pairs(ChatTemplate template, boolean lastOnly, String... texts) {
    return new TemplateEncoder(template, tokenizer).encode("", turns(texts), lastOnly);
  }

  private static List<Turn> turns(String... texts) {
    List<Turn> turns = new ArrayList<>();
    for (String text : texts) {
      turns.add(new Turn(turns.size() % 2 == 0 ? Role.USER : Role.ASSISTANT, text));
    }
    return turns;
  }

  private void assertPairs(List<TokenPair> pairs, String... texts) {
    List<String> decoded = new ArrayList<>();
    for (TokenPair pair : pairs) {
      decoded.add(tokenizer.decode(pair.source(), false));
      decoded.add(tokenizer.decode(pair.target(), false));
    }
    assertThat(decoded).containsExactly(texts);
  }
}
