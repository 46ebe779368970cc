package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.encode.EncodeResult;
import io.sparkmm.data.encode.EncoderSpec;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.encode.SampleEncoder;
import io.sparkmm.data.fixture.Serialized;
import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.image.FixedPictureSizing;
import io.sparkmm.data.image.ImageFormat;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageMode;
import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every chat template promises, on six conversations: without and with system text, with no,
 * one and two pictures, several turns, cut, and with an empty answer. A new template is added to
 * {@link #cases()} with the text that it makes of the first four.
 */
class TemplateContractTest {
  private static final List<String> SPECIAL =
      Stream.concat(
              TinyTokenizer.SPECIAL.stream(),
              Stream.of("<s>", "</s>", "<img>", "</img>", "<IMG_CONTEXT>", "<image>"))
          .toList();
  private static final String CONFIG = "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\"}";

  /**
   * A template under test.
   *
   * @param template its first name
   * @param opening text of the default system text and what stands before it
   * @param system text of the system text {@code Be brief.} and what stands before it
   * @param exchange text of an exchange, with {@code {q}} for the question and {@code {a}} for the
   *     answer
   * @param picture text of a picture with one feature, empty if there are no pictures
   */
  record Case(String template, String opening, String system, String exchange, String picture) {
    String plain() {
      return opening + exchange("Hi", "Yo");
    }

    String exchange(String question, String answer) {
      return exchange.replace("{q}", question).replace("{a}", answer);
    }

    ChatTemplate definition() {
      return ChatTemplates.standard().get(template);
    }

    boolean hasPictures() {
      return !picture.isEmpty();
    }

    @Override
    public String toString() {
      return template;
    }
  }

  static Stream<Case> cases() {
    String helpful = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n";
    String brief = "<|im_start|>system\nBe brief.<|im_end|>\n";
    String im = "<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n{a}<|im_end|>\n";
    String thinking = im.replace("{a}", "<think>\n\n</think>\n\n{a}");
    String qwen = "<|vision_start|><|image_pad|><|vision_end|>";
    String intern =
        "\u4f60\u662f\u4e66\u751f\u00b7\u4e07\u8c61\uff0c\u82f1\u6587\u540d\u662fInternVL\uff0c\u662f\u7531\u4e0a\u6d77"
            + "\u4eba\u5de5\u667a\u80fd\u5b9e\u9a8c\u5ba4\u3001\u6e05\u534e\u5927\u5b66\u53ca\u591a\u5bb6\u5408"
            + "\u4f5c\u5355\u4f4d\u8054\u5408\u5f00\u53d1\u7684\u591a\u6a21\u6001\u5927\u8bed\u8a00\u6a21\u578b\u3002";
    String curious =
        "A chat between a curious user and an artificial intelligence assistant. The assistant"
            + " gives helpful, detailed, and polite answers to the user's questions.";
    String user = "USER: {q} ASSISTANT:{a}</s>";
    return Stream.of(
        new Case("qwen2vl", helpful, brief, im, qwen),
        new Case("qwen2_vl", helpful, brief, im, qwen),
        new Case("qwen3_vl", "", brief, thinking, qwen),
        new Case("qwen3_vl_nothink", "", brief, im, qwen),
        new Case("chatml", "", brief, im, ""),
        new Case(
            "intern_vl",
            "<s>" + helpful.replace("You are a helpful assistant.", intern),
            "<s>" + brief,
            im,
            "<img><IMG_CONTEXT></img>"),
        new Case("llava", curious, "Be brief.", user, "<image>"),
        new Case("vicuna", curious, "Be brief.", user, ""),
        new Case(
            "default", "", "System: Be brief.</s>\n", "Human: {q}</s>\nAssistant:{a}</s>\n", ""),
        new Case("empty", "", "Be brief.", "{q}{a}", ""));
  }

  private final Tokenizer tokenizer =
      Tokenizer.shared(
          new TokenizerFiles(
              "contract",
              TinyTokenizer.tokenizerJson(SPECIAL),
              CONFIG.getBytes(StandardCharsets.UTF_8)));

  @Test
  void everyTemplateIsTested() {
    Set<String> untested = new TreeSet<>(ChatTemplates.standard().names());
    cases()
        .forEach(
            one -> ChatTemplates.standard().get(one.template()).names().forEach(untested::remove));

    assertThat(untested).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasASlotForEveryRole(Case one) {
    ChatTemplate template = ChatTemplates.standard().get(one.template());
    for (Role role : Role.values()) {
      assertThat(template.slot(role).elements())
          .as(role.name())
          .anyMatch(
              element ->
                  element instanceof SlotElement.Text text && text.text().contains(Slot.CONTENT));
    }
    assertThat(template.names()).isNotEmpty().doesNotHaveDuplicates();
    assertThat(template.replacesEos() && template.stopWords().isEmpty()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void writesAConversation(Case one) {
    EncodedSample sample = encoded(one, 4096, "", 0, "Hi", "Yo");

    assertThat(decoded(sample)).isEqualTo(one.plain());
    assertThat(trained(sample)).singleElement().asString().contains("Yo");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void writesTheSystemText(Case one) {
    assertThat(decoded(encoded(one, 4096, "Be brief.", 0, "Hi", "Yo")))
        .isEqualTo(one.system() + one.exchange("Hi", "Yo"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void writesPicturesAsOneTokenPerFeatureOrRefusesThem(Case one) {
    EncodeResult result = encode(one, 4096, "", 2, "<image>Hi<image>", "Yo");
    if (result instanceof EncodeResult.Rejected rejected) {
      assertThat(one.hasPictures()).isFalse();
      assertThat(rejected.reject().reason()).isEqualTo(RejectReason.IMAGES_UNSUPPORTED);
    } else {
      String pad = one.definition().mediaTokens().orElseThrow().image();
      String picture = one.picture().replace(pad, pad.repeat(4));
      assertThat(decoded(((EncodeResult.Encoded) result).sample()))
          .isEqualTo(one.opening() + one.exchange(picture + "Hi" + picture, "Yo"));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void trainsEveryAnswerOfAConversation(Case one) {
    EncodedSample sample = encoded(one, 4096, "", 0, "Hi", "Yo", "A", "B");

    assertThat(decoded(sample)).isEqualTo(one.plain() + one.exchange("A", "B"));
    assertThat(trained(sample)).hasSize(2);
    assertThat(trained(sample).get(0)).contains("Yo");
    assertThat(trained(sample).get(1)).contains("B");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void trainsTheEndOfAnEmptyAnswer(Case one) {
    EncodeResult result = encode(one, 4096, "", 0, "Hi", "");
    if (result instanceof EncodeResult.Rejected rejected) {
      assertThat(one.template()).isEqualTo("empty");
      assertThat(rejected.reject().reason()).isEqualTo(RejectReason.NO_SUPERVISED_TOKEN);
    } else {
      EncodedSample sample = ((EncodeResult.Encoded) result).sample();
      assertThat(sample.labelCount()).isPositive();
      assertThat(decoded(sample)).isEqualTo(one.opening() + one.exchange("Hi", ""));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void neverCutsAPictureWhateverTheLength(Case one) {
    int pictures = one.hasPictures() ? 1 : 0;
    String question = one.hasPictures() ? "<image>Hi" : "Hi";
    int whole = encoded(one, 4096, "", pictures, question, "Yo").inputIds().length;
    for (int cutoff = 1; cutoff <= whole + 1; cutoff++) {
      EncodeResult result = encode(one, cutoff, "", pictures, question, "Yo");
      if (result instanceof EncodeResult.Encoded good) {
        assertThat(good.sample().inputIds()).hasSizeLessThanOrEqualTo(cutoff);
        assertThat(pads(one, good.sample())).isEqualTo(4L * pictures);
      } else {
        assertThat(((EncodeResult.Rejected) result).reject().reason())
            .isIn(RejectReason.IMAGE_TOKENS_TRUNCATED, RejectReason.NO_SUPERVISED_TOKEN);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isWrittenAndReadAsJson(Case one) {
    String json = "{\"copy\": " + TemplateJson.write(one.definition()) + "}";

    assertThat(TemplateFile.parse("test.json", json).get("copy"))
        .isEqualTo(one.definition().named("copy").build());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void travelsToWorkers(Case one) {
    assertThat(Serialized.copyOf(one.definition())).isEqualTo(one.definition());
  }

  private long pads(Case one, EncodedSample sample) {
    return one.definition()
        .mediaTokens()
        .map(tokens -> tokenizer.specialId(tokens.image()))
        .map(pad -> Arrays.stream(sample.inputIds()).filter(id -> id == pad).count())
        .orElse(0L);
  }

  private EncodedSample encoded(
      Case one, int cutoff, String system, int pictures, String... texts) {
    return ((EncodeResult.Encoded) encode(one, cutoff, system, pictures, texts)).sample();
  }

  private EncodeResult encode(Case one, int cutoff, String system, int pictures, String... texts) {
    EncoderSpec spec =
        new EncoderSpec(
            one.definition(),
            new LabelMask(cutoff, false, false),
            new FixedPictureSizing(new PatchGrid(1, 2, 2)),
            Placeholders.DEFAULT);
    List<Turn> turns = new ArrayList<>();
    for (String text : texts) {
      turns.add(new Turn(turns.size() % 2 == 0 ? Role.USER : Role.ASSISTANT, text));
    }
    return new SampleEncoder(
            spec, tokenizer, path -> new ImageHeader(ImageFormat.PNG, 64, 64, ImageMode.RGB))
        .encode(
            new RecordId("test", 0),
            new SftSample(system, turns, Collections.nCopies(pictures, new ImageRef("a.png"))));
  }

  private String decoded(EncodedSample sample) {
    return tokenizer.decode(sample.inputIds(), false);
  }

  private List<String> trained(EncodedSample sample) {
    return sample.labelSpans().stream()
        .map(span -> Arrays.copyOfRange(sample.inputIds(), span.start(), span.end()))
        .map(ids -> tokenizer.decode(ids, false))
        .toList();
  }
}
