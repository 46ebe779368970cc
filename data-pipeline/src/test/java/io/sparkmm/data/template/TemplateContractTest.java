package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.encode.EncodeResult;
import io.sparkmm.data.encode.EncoderSpec;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.encode.SampleEncoder;
import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.image.ImageFormat;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageMode;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.tokenizer.Tokenizer;
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
  private static final String PAD = "<|image_pad|>";

  /**
   * A template under test.
   *
   * @param template its first name
   * @param plain text of {@code Hi / Yo}
   * @param system text of the same with the system text {@code Be brief.}
   * @param picture text of {@code <image>Hi / Yo} with one picture of 64x64, one pad written
   * @param turns text of {@code Hi / Yo / A / B}
   */
  record Case(String template, String plain, String system, String picture, String turns) {
    @Override
    public String toString() {
      return template;
    }
  }

  static Stream<Case> cases() {
    String start = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n";
    String hi = "Hi<|im_end|>\n<|im_start|>assistant\nYo<|im_end|>\n";
    return Stream.of(
        new Case(
            "qwen2vl",
            start + hi,
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n" + hi,
            start + "<|vision_start|>" + PAD + "<|vision_end|>" + hi,
            start + hi + "<|im_start|>user\nA<|im_end|>\n<|im_start|>assistant\nB<|im_end|>\n"));
  }

  private final Tokenizer tokenizer = TinyTokenizer.shared();

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
    assertThat(decoded(sample, sample.labelSpans().get(0))).startsWith("Yo");
    assertThat(sample.labelSpans()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void writesTheSystemText(Case one) {
    assertThat(decoded(encoded(one, 4096, "Be brief.", 0, "Hi", "Yo"))).isEqualTo(one.system());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void writesAPictureAsOneTokenPerFeature(Case one) {
    EncodedSample sample = encoded(one, 4096, "", 1, "<image>Hi", "Yo");

    assertThat(decoded(sample)).isEqualTo(one.picture().replace(PAD, PAD.repeat(4)));
    assertThat(sample.images()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void writesPicturesInOrder(Case one) {
    EncodedSample sample = encoded(one, 4096, "", 2, "<image>Hi<image>", "Yo");
    int pad = TinyTokenizer.id(PAD);
    List<Integer> runs = new ArrayList<>();
    for (int i = 0; i < sample.inputIds().length; i++) {
      if (sample.inputIds()[i] == pad) {
        if (i > 0 && sample.inputIds()[i - 1] == pad) {
          runs.set(runs.size() - 1, runs.get(runs.size() - 1) + 1);
        } else {
          runs.add(1);
        }
      }
    }

    assertThat(runs).containsExactly(4, 4);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void trainsEveryAnswerOfAConversation(Case one) {
    EncodedSample sample = encoded(one, 4096, "", 0, "Hi", "Yo", "A", "B");

    assertThat(decoded(sample)).isEqualTo(one.turns());
    assertThat(sample.labelSpans()).hasSize(2);
    assertThat(decoded(sample, sample.labelSpans().get(0))).startsWith("Yo");
    assertThat(decoded(sample, sample.labelSpans().get(1))).startsWith("B");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void trainsTheEndOfAnEmptyAnswer(Case one) {
    EncodedSample sample = encoded(one, 4096, "", 0, "Hi", "");

    assertThat(sample.labelCount()).isPositive();
    assertThat(decoded(sample)).isEqualTo(one.plain().replace("Yo<", "<"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void neverCutsThePictureWhateverTheLength(Case one) {
    int whole = encoded(one, 4096, "", 1, "<image>Hi", "Yo").inputIds().length;
    for (int cutoff = 1; cutoff <= whole + 1; cutoff++) {
      EncodeResult result = encode(one, cutoff, "", 1, "<image>Hi", "Yo");
      if (result instanceof EncodeResult.Encoded good) {
        assertThat(good.sample().inputIds()).hasSizeLessThanOrEqualTo(cutoff);
        assertThat(Arrays.stream(good.sample().inputIds()).filter(i -> i == 262).count())
            .isEqualTo(4);
      } else {
        assertThat(((EncodeResult.Rejected) result).reject().reason())
            .isIn(RejectReason.IMAGE_TOKENS_TRUNCATED, RejectReason.NO_SUPERVISED_TOKEN);
      }
    }
  }

  private EncodedSample encoded(
      Case one, int cutoff, String system, int pictures, String... texts) {
    return ((EncodeResult.Encoded) encode(one, cutoff, system, pictures, texts)).sample();
  }

  private EncodeResult encode(Case one, int cutoff, String system, int pictures, String... texts) {
    EncoderSpec spec =
        EncoderSpec.of(
            one.template(),
            new LabelMask(cutoff, false, false),
            new PixelBounds(0, 262_144),
            ProcessorConfig.qwen2Vl(),
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

  private String decoded(EncodedSample sample, LabelSpan span) {
    return tokenizer.decode(Arrays.copyOfRange(sample.inputIds(), span.start(), span.end()), false);
  }
}
