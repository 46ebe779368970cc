package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TemplateEncoderTest {
  private final Tokenizer tokenizer = TinyTokenizer.shared();

  @Test
  void writesPrefixSystemAndTurns() {
    ChatTemplate template = template().defaultSystem("sys").build();
    List<TokenPair> pairs = encode(template, "", "Hi", "Yo", "A", "B");

    assertThat(text(pairs.get(0).source())).isEqualTo("P[sys]0:Hi;");
    assertThat(text(pairs.get(0).target())).isEqualTo("Yo<|endoftext|>");
    assertThat(text(pairs.get(1).source())).isEqualTo("1:A;");
    assertThat(text(pairs.get(1).target())).isEqualTo("B<|endoftext|>");
  }

  @Test
  void prefersTheSystemTextOfTheRecord() {
    ChatTemplate template = template().defaultSystem("sys").build();

    assertThat(text(encode(template, "own", "Hi", "Yo").get(0).source())).isEqualTo("P[own]0:Hi;");
  }

  @Test
  void writesNoSystemBlockWithoutText() {
    assertThat(text(encode(template().build(), "", "Hi", "Yo").get(0).source()))
        .isEqualTo("P0:Hi;");
  }

  @Test
  void writesObservationsAndCalls() {
    List<TokenPair> pairs =
        new TemplateEncoder(ChatTemplates.standard().get("qwen2vl"), tokenizer)
            .encode(
                "s",
                List.of(
                    new Turn(Role.USER, "q"),
                    new Turn(Role.FUNCTION, "f()"),
                    new Turn(Role.OBSERVATION, "1"),
                    new Turn(Role.ASSISTANT, "a")));

    assertThat(text(pairs.get(0).target())).isEqualTo("f()");
    assertThat(text(pairs.get(1).source()))
        .isEqualTo("<|im_start|>tool\n1<|im_end|>\n<|im_start|>assistant\n");
    assertThat(text(pairs.get(1).target())).isEqualTo("a<|im_end|>\n");
  }

  @Test
  void leavesOutABeginningAndAddsAnEndThatTheTokenizerDoesNotName() {
    Tokenizer bare =
        Tokenizer.shared(
            new TokenizerFiles(
                "bare", TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL), new byte[0]));
    ChatTemplate template = withBos();
    List<TokenPair> pairs =
        new TemplateEncoder(template, bare)
            .encode("", List.of(new Turn(Role.USER, "Hi"), new Turn(Role.ASSISTANT, "Yo")));

    assertThat(text(pairs.get(0).source())).isEqualTo("P0:Hi;");
    assertThat(text(pairs.get(0).target())).isEqualTo("Yo<|endoftext|>");
  }

  @Test
  void writesTheTokenThatBeginsASequence() {
    byte[] config = "{\"bos_token\": \"<|im_start|>\"}".getBytes(StandardCharsets.UTF_8);
    Tokenizer withBos =
        Tokenizer.shared(
            new TokenizerFiles("bos", TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL), config));
    ChatTemplate template = withBos();
    List<TokenPair> pairs =
        new TemplateEncoder(template, withBos)
            .encode("", List.of(new Turn(Role.USER, "Hi"), new Turn(Role.ASSISTANT, "Yo")));

    assertThat(text(pairs.get(0).source())).isEqualTo("<|im_start|>P0:Hi;");
  }

  @Test
  void putsTheFirstStopWordInPlaceOfTheEnd() {
    ChatTemplate template = template().stopWords("<|im_end|>").replacesEos(true).build();

    assertThat(text(encode(template, "", "Hi", "Yo").get(0).target())).isEqualTo("Yo<|im_end|>");
  }

  @Test
  void refusesToReplaceTheEndByNothing() {
    assertThatThrownBy(() -> template().replacesEos(true).build())
        .isInstanceOf(DataException.class)
        .hasMessage("Cannot use template test: it replaces the end token, but names no stop word");
  }

  @Test
  void refusesATokenizerOfAnotherFamily() {
    Tokenizer other =
        Tokenizer.shared(
            new TokenizerFiles(
                "a text model",
                TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL.subList(0, 3)),
                new byte[0]));

    assertThatThrownBy(() -> new TemplateEncoder(ChatTemplates.standard().get("qwen2vl"), other))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a text model")
        .hasMessageContaining("it has no special token <|vision_start|>");
  }

  @Test
  void refusesAQuestionWithoutAnswer() {
    TemplateEncoder encoder =
        new TemplateEncoder(ChatTemplates.standard().get("qwen2vl"), tokenizer);

    assertThatThrownBy(() -> encoder.encode("", List.of(new Turn(Role.USER, "Hi"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot encode a conversation of 1 turns: the number has to be even");
    assertThat(encoder.encode("", List.of())).isEmpty();
  }

  private List<TokenPair> encode(ChatTemplate template, String system, String... texts) {
    List<Turn> turns =
        java.util.stream.IntStream.range(0, texts.length)
            .mapToObj(i -> new Turn(i % 2 == 0 ? Role.USER : Role.ASSISTANT, texts[i]))
            .toList();
    return new TemplateEncoder(template, tokenizer).encode(system, turns);
  }

  private String text(int[] ids) {
    return tokenizer.decode(ids, false);
  }

  /** A template that uses everything a slot can hold. */
  private static ChatTemplate.Builder template() {
    SlotElement end = new SlotElement.Eos();
    return ChatTemplate.builder("test")
        .prefix(Slot.of("P"))
        .slot(Role.SYSTEM, "[{{content}}]")
        .slot(Role.USER, "{{idx}}:{{content}};")
        .slot(Role.ASSISTANT, new Slot(List.of(new SlotElement.Text(Slot.CONTENT), end)));
  }

  private static ChatTemplate withBos() {
    return template()
        .prefix(new Slot(List.of(new SlotElement.Bos(), new SlotElement.Text("P"))))
        .build();
  }
}
