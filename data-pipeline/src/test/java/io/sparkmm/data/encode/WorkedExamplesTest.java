package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.fixture.Json;
import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageFormat;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageMode;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.source.Attributes;
import io.sparkmm.data.source.Attributes.Column;
import io.sparkmm.data.source.DatasetFormats;
import io.sparkmm.data.source.ParseResult;
import io.sparkmm.data.source.ShareGptFormat;
import io.sparkmm.data.source.SourceSettings;
import io.sparkmm.data.template.LabelMask;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The worked examples of the compatibility notes that concern pictures, text and truncation, from a
 * record to labels.
 */
class WorkedExamplesTest {
  private static final String SYS = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n";
  private static final Map<String, int[]> SIZES =
      Map.of(
          "640.jpg", new int[] {640, 480},
          "500.jpg", new int[] {500, 375},
          "64.jpg", new int[] {64, 64},
          "1024.jpg", new int[] {1024, 1024});

  private final Tokenizer tokenizer = TinyTokenizer.shared();
  private Attributes attributes = Attributes.mllm();
  private LabelMask mask = new LabelMask(8192, false, false);

  @Test
  void example1OneTurnPictureFirst() {
    EncodedSample sample = encoded(record("'640.jpg'", "<image>\\nWhat is shown?", "A meal."));

    assertSample(
        sample,
        unlabelled(SYS + user(pads(336) + "\nWhat is shown?")),
        labelled(answer("A meal.")));
    assertGrids(sample, "1,32,42");
  }

  @Test
  void example2PlaceholderLast() {
    EncodedSample sample = encoded(record("'500.jpg'", "How many dogs?\\n<image>", "Two."));

    assertSample(
        sample, unlabelled(SYS + user("How many dogs?\n" + pads(234))), labelled(answer("Two.")));
    assertGrids(sample, "1,26,36");
  }

  @Test
  void example3TwoTurnsOnePicture() {
    assertSample(
        encoded(record("'640.jpg'", "<image>\\nWho?", "Ann.", "Why?", "Fun.")),
        unlabelled(SYS + user(pads(336) + "\nWho?")),
        labelled(answer("Ann.")),
        unlabelled(user("Why?")),
        labelled(answer("Fun.")));
  }

  @Test
  void example4TwoPicturesInDifferentTurns() {
    EncodedSample sample =
        encoded(record("'64.jpg','1024.jpg'", "<image>First", "a", "Then<image>", "b"));

    assertSample(
        sample,
        unlabelled(SYS + user(pads(4) + "First")),
        labelled(answer("a")),
        unlabelled(user("Then" + pads(324))),
        labelled(answer("b")));
    assertGrids(sample, "1,4,4", "1,36,36");
    assertThat(sample.images().stream().mapToLong(EncodedImage::patches).sum()).isEqualTo(1312);
  }

  @Test
  void example5TwoPicturesInOneTurn() {
    assertSample(
        encoded(record("'64.jpg','500.jpg'", "Compare <image> and <image>.", "x")),
        unlabelled(SYS + user("Compare " + pads(4) + " and " + pads(234) + ".")),
        labelled(answer("x")));
  }

  @Test
  void example6TextOnly() {
    EncodedSample sample = encoded(record("", "Hi", "Hello"));

    assertSample(sample, unlabelled(SYS + user("Hi")), labelled(answer("Hello")));
    assertThat(sample.images()).isEmpty();
  }

  @Test
  void example7SystemFromAColumn() {
    attributes = attributes.withColumn(Column.SYSTEM, "sys");
    String turns = "messages: " + messages("Hi", "Hello");
    String brief = "<|im_start|>system\nBe brief.<|im_end|>\n";

    assertSample(
        encoded("{sys: 'Be brief.', " + turns + "}"),
        unlabelled(brief + user("Hi")),
        labelled(answer("Hello")));
    for (String none : List.of("''", "null")) {
      assertSample(
          encoded("{sys: " + none + ", " + turns + "}"),
          unlabelled(SYS + user("Hi")),
          labelled(answer("Hello")));
    }
  }

  @Test
  void example8SystemMessageWithTheTag() {
    attributes = attributes.withRole(Role.SYSTEM, "system");

    assertSample(
        encoded(
            "{messages: [{role: 'system', content: 'Be brief.'},"
                + messages("Hi", "Hello").substring(1)
                + "}"),
        unlabelled("<|im_start|>system\nBe brief.<|im_end|>\n" + user("Hi")),
        labelled(answer("Hello")));
  }

  @Test
  void example9SystemMessageWithoutTheTag() {
    assertThat(
            rejected(
                "{messages: [{role: 'system', content: 'Be brief.'},"
                    + messages("Hi", "Hello").substring(1)
                    + "}"))
        .isEqualTo(RejectReason.ROLE_UNEXPECTED);
  }

  @Test
  void example12MaskHistory() {
    mask = new LabelMask(8192, false, true);

    assertSample(
        encoded(record("'640.jpg'", "<image>\\nWho?", "Ann.", "Why?", "Fun.")),
        unlabelled(SYS + user(pads(336) + "\nWho?") + answer("Ann.") + user("Why?")),
        labelled(answer("Fun.")));
  }

  @Test
  void example13TrainOnPrompt() {
    mask = new LabelMask(8192, true, false);

    assertSample(
        encoded(record("'640.jpg'", "<image>\\nWhat is shown?", "A meal.")),
        labelled(SYS + user(pads(336) + "\nWhat is shown?") + answer("A meal.")));
  }

  @Test
  void example14BothFlags() {
    mask = new LabelMask(8192, true, true);

    assertSample(
        encoded(record("'640.jpg'", "<image>\\nWho?", "Ann.", "Why?", "Fun.")),
        labelled(SYS + user(pads(336) + "\nWho?")),
        unlabelled(answer("Ann.")),
        labelled(user("Why?") + answer("Fun.")));
  }

  @Test
  void examples15To19Truncation() {
    // One byte is one token; the frame of a question has a known length.
    int frame = tokens(SYS + user("")).size();
    int end = tokens(answer("")).size();

    mask = new LabelMask(frame + 52 + 49, false, false);
    EncodedSample cutAnswer = encoded(record("", "q".repeat(50), "a".repeat(frame + 200 - end)));
    assertThat(cutAnswer.inputIds()).hasSize(frame + 101);
    assertThat(tokenizer.decode(cutAnswer.inputIds(), false)).endsWith("a");

    mask = new LabelMask(frame + 1000, false, false);
    EncodedSample longPrompt = encoded(record("", "q".repeat(1000), "a".repeat(100 - end)));
    assertThat(longPrompt.labelCount()).isEqualTo(100);
    assertThat(longPrompt.inputIds()).hasSize(frame + 1000);
    assertThat(tokenizer.decode(longPrompt.inputIds(), false))
        .endsWith("q" + answer("a".repeat(100 - end)));

    mask = new LabelMask(frame + 7, false, false);
    EncodedSample exactFill = encoded(record("", "qqqq", "a", "more", "b"));
    assertThat(exactFill.inputIds()).hasSize(frame + 7);
    assertThat(exactFill.labelSpans()).hasSize(1);
  }

  @Test
  void example20CountMismatch() {
    assertThat(rejected(record("'640.jpg','64.jpg'", "<image>Hi", "x")))
        .isEqualTo(RejectReason.PLACEHOLDER_MISMATCH);
    assertThat(rejected(record("", "Hi", "Look: <image>")))
        .isEqualTo(RejectReason.PLACEHOLDER_MISMATCH);
    assertThat(RejectReason.PLACEHOLDER_MISMATCH.severity()).isEqualTo(RejectReason.Severity.FAIL);
  }

  @Test
  void example21BrokenOrderAndCount() {
    for (String roles :
        List.of("assistant,user", "user,assistant,user", "user,user,assistant,assistant", "")) {
      StringBuilder messages = new StringBuilder("[");
      for (String role : roles.isEmpty() ? new String[0] : roles.split(",", -1)) {
        messages.append(messages.length() > 1 ? "," : "");
        messages.append("{role: '").append(role).append("', content: 'x'}");
      }

      assertThat(rejected("{messages: " + messages + "]}").severity())
          .as(roles)
          .isEqualTo(RejectReason.Severity.DROP);
    }
  }

  @Test
  void example22MissingPicture() {
    assertThat(rejected(record("'gone.jpg'", "<image>Hi", "x")))
        .isEqualTo(RejectReason.IMAGE_MISSING);
  }

  @Test
  void example26ShareGptWithoutConversion() {
    attributes = Attributes.shareGpt().withColumn(Column.IMAGES, "images");

    assertSample(
        encoded(
            "{conversations: [{from: 'human', value: '<image>Hi'}, {from: 'gpt', value: 'Yo'}],"
                + " images: ['640.jpg']}"),
        unlabelled(SYS + user(pads(336) + "Hi")),
        labelled(answer("Yo")));
  }

  @Test
  void example27Alpaca() {
    attributes =
        new Attributes(
            Map.of(
                Column.PROMPT, "instruction",
                Column.QUERY, "input",
                Column.RESPONSE, "output",
                Column.HISTORY, "history"),
            Map.of(),
            "role",
            "content");
    ParseResult parsed =
        DatasetFormats.standard()
            .get("alpaca")
            .parser(SourceSettings.of(attributes, ""), path -> false)
            .parse(
                Json.of(
                    "{instruction: 'Add.', input: '1+2', output: '3', history: [['Hi', 'Yo']]}"));
    EncodeResult result =
        new SampleEncoder(spec(), tokenizer, this::header)
            .encode(new RecordId("test", 0), ((ParseResult.Parsed) parsed).sample());

    assertSample(
        ((EncodeResult.Encoded) result).sample(),
        unlabelled(SYS + user("Hi")),
        labelled(answer("Yo")),
        unlabelled(user("Add.\n1+2")),
        labelled(answer("3")));
  }

  @Test
  void example33AnswerStartsWithALineFeed() {
    Tokenizer merging = TinyTokenizer.withLineFeedPairs();
    EncodeResult result =
        new SampleEncoder(spec(), merging, this::header)
            .encode(new RecordId("test", 0), parsed(record("", "Hi", "\\nYo")));
    EncodedSample sample = ((EncodeResult.Encoded) result).sample();

    // The two line feeds at the border would be one token if the text were tokenized as a whole.
    assertThat(merging.encode("\n\n")).containsExactly(TinyTokenizer.LINE_FEED_PAIR);
    assertThat(sample.inputIds()).doesNotContain(TinyTokenizer.LINE_FEED_PAIR);
    int start = sample.labelSpans().get(0).start();
    assertThat(sample.inputIds()[start - 1]).isEqualTo('\n');
    assertThat(sample.inputIds()[start]).isEqualTo('\n');
  }

  /** A text with the mark whether it is labelled. */
  private record Part(String text, boolean labelled) {}

  private static Part labelled(String text) {
    return new Part(text, true);
  }

  private static Part unlabelled(String text) {
    return new Part(text, false);
  }

  private static String user(String text) {
    return "<|im_start|>user\n" + text + "<|im_end|>\n<|im_start|>assistant\n";
  }

  private static String answer(String text) {
    return text + "<|im_end|>\n";
  }

  private static String pads(int count) {
    return "<|vision_start|>" + "<|image_pad|>".repeat(count) + "<|vision_end|>";
  }

  private void assertSample(EncodedSample sample, Part... parts) {
    List<Integer> ids = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (Part part : parts) {
      for (int id : tokens(part.text())) {
        ids.add(id);
        labels.add(part.labelled() ? id : -100);
      }
    }
    assertThat(sample.inputIds()).containsExactly(ids.toArray(Integer[]::new));
    assertThat(sample.labels()).containsExactly(labels.toArray(Integer[]::new));
  }

  private static void assertGrids(EncodedSample sample, String... grids) {
    assertThat(sample.images())
        .extracting(image -> image.gridT() + "," + image.gridH() + "," + image.gridW())
        .containsExactly(grids);
  }

  private List<Integer> tokens(String text) {
    return java.util.Arrays.stream(tokenizer.encode(text)).boxed().toList();
  }

  private static String record(String images, String... texts) {
    return "{images: [" + images + "], messages: " + messages(texts) + "}";
  }

  private static String messages(String... texts) {
    StringBuilder messages = new StringBuilder("[");
    for (int i = 0; i < texts.length; i++) {
      messages.append(i == 0 ? "" : ",");
      messages.append("{role: '").append(i % 2 == 0 ? "user" : "assistant");
      messages.append("', content: '").append(texts[i]).append("'}");
    }
    return messages.append("]").toString();
  }

  private EncodedSample encoded(String record) {
    EncodeResult result = encode(record);
    assertThat(result).isInstanceOf(EncodeResult.Encoded.class);
    return ((EncodeResult.Encoded) result).sample();
  }

  /** The reason, whether the format or the encoder gives it. */
  private RejectReason rejected(String record) {
    ParseResult parsed = parse(record);
    if (parsed instanceof ParseResult.Rejected rejected) {
      return rejected.reason();
    }
    return ((EncodeResult.Rejected) encode(record)).reject().reason();
  }

  private EncodeResult encode(String record) {
    return new SampleEncoder(spec(), tokenizer, this::header)
        .encode(new RecordId("test", 0), parsed(record));
  }

  private io.sparkmm.data.sample.Sample parsed(String record) {
    return ((ParseResult.Parsed) parse(record)).sample();
  }

  private ParseResult parse(String record) {
    return new ShareGptFormat()
        .parser(SourceSettings.of(attributes, ""), path -> false)
        .parse(Json.of(record));
  }

  private EncoderSpec spec() {
    return EncoderSpec.of(
        "qwen2vl",
        mask,
        new PixelBounds(0, 262_144),
        ProcessorConfig.qwen2Vl(),
        Placeholders.DEFAULT);
  }

  private ImageHeader header(String path) {
    int[] size = SIZES.get(path);
    if (size == null) {
      throw new ImageException(RejectReason.IMAGE_MISSING, path, "there is no such file");
    }
    return new ImageHeader(ImageFormat.JPEG, size[0], size[1], ImageMode.RGB);
  }
}
