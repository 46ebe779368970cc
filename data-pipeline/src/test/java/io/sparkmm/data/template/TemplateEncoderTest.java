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
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TemplateEncoderTest {
  private final Tokenizer tokenizer = TinyTokenizer.shared();

  @Test
  void writesPrefixSystemAndTurns() {
    TestTemplate template = new TestTemplate();
    template.system = "sys";
    List<TokenPair> pairs = encode(template, "", "Hi", "Yo", "A", "B");

    assertThat(text(pairs.get(0).source())).isEqualTo("P[sys]0:Hi;");
    assertThat(text(pairs.get(0).target())).isEqualTo("Yo<|endoftext|>");
    assertThat(text(pairs.get(1).source())).isEqualTo("1:A;");
    assertThat(text(pairs.get(1).target())).isEqualTo("B<|endoftext|>");
  }

  @Test
  void prefersTheSystemTextOfTheRecord() {
    TestTemplate template = new TestTemplate();
    template.system = "sys";

    assertThat(text(encode(template, "own", "Hi", "Yo").get(0).source())).isEqualTo("P[own]0:Hi;");
  }

  @Test
  void writesNoSystemBlockWithoutText() {
    assertThat(text(encode(new TestTemplate(), "", "Hi", "Yo").get(0).source()))
        .isEqualTo("P0:Hi;");
  }

  @Test
  void writesObservationsAndCalls() {
    List<TokenPair> pairs =
        new TemplateEncoder(new Qwen2VlTemplate(), tokenizer)
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
  void leavesOutTokensThatTheTokenizerDoesNotHave() {
    Tokenizer bare =
        Tokenizer.shared(
            new TokenizerFiles(
                "bare", TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL), new byte[0]));
    TestTemplate template = new TestTemplate();
    template.withBos = true;
    List<TokenPair> pairs =
        new TemplateEncoder(template, bare)
            .encode("", List.of(new Turn(Role.USER, "Hi"), new Turn(Role.ASSISTANT, "Yo")));

    assertThat(text(pairs.get(0).source())).isEqualTo("P0:Hi;");
    assertThat(text(pairs.get(0).target())).isEqualTo("Yo");
  }

  @Test
  void writesTheTokenThatBeginsASequence() {
    byte[] config = "{\"bos_token\": \"<|im_start|>\"}".getBytes(StandardCharsets.UTF_8);
    Tokenizer withBos =
        Tokenizer.shared(
            new TokenizerFiles("bos", TinyTokenizer.tokenizerJson(TinyTokenizer.SPECIAL), config));
    TestTemplate template = new TestTemplate();
    template.withBos = true;
    List<TokenPair> pairs =
        new TemplateEncoder(template, withBos)
            .encode("", List.of(new Turn(Role.USER, "Hi"), new Turn(Role.ASSISTANT, "Yo")));

    assertThat(text(pairs.get(0).source())).isEqualTo("<|im_start|>P0:Hi;");
  }

  @Test
  void putsTheFirstStopWordInPlaceOfTheEnd() {
    TestTemplate template = new TestTemplate();
    template.stopWords = List.of("<|im_end|>");
    template.replacesEos = true;

    assertThat(text(encode(template, "", "Hi", "Yo").get(0).target())).isEqualTo("Yo<|im_end|>");
  }

  @Test
  void refusesToReplaceTheEndByNothing() {
    TestTemplate template = new TestTemplate();
    template.replacesEos = true;

    assertThatThrownBy(() -> new TemplateEncoder(template, tokenizer))
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

    assertThatThrownBy(() -> new TemplateEncoder(new Qwen2VlTemplate(), other))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a text model")
        .hasMessageContaining("it has no special token <|vision_start|>");
  }

  @Test
  void refusesAQuestionWithoutAnswer() {
    TemplateEncoder encoder = new TemplateEncoder(new Qwen2VlTemplate(), tokenizer);

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
  private static final class TestTemplate implements ChatTemplate {
    private String system = "";
    private List<String> stopWords = List.of();
    private boolean replacesEos;
    private boolean withBos;

    @Override
    public List<String> names() {
      return List.of("test");
    }

    @Override
    public Slot prefix() {
      SlotElement p = new SlotElement.Text("P");
      return new Slot(withBos ? List.of(new SlotElement.Bos(), p) : List.of(p));
    }

    @Override
    public Slot slot(Role role) {
      return switch (role) {
        case SYSTEM -> Slot.of("[{{content}}]");
        case USER, OBSERVATION -> Slot.of("{{idx}}:{{content}};");
        case ASSISTANT, FUNCTION ->
            new Slot(List.of(new SlotElement.Text(Slot.CONTENT), new SlotElement.Eos()));
      };
    }

    @Override
    public String defaultSystem() {
      return system;
    }

    @Override
    public List<String> stopWords() {
      return stopWords;
    }

    @Override
    public boolean replacesEos() {
      return replacesEos;
    }

    @Override
    public Optional<MediaTokens> mediaTokens() {
      return Optional.empty();
    }
  }
}
