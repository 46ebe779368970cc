package io.sparkmm.data.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.fixture.Json;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.source.ParseResult.Parsed;
import io.sparkmm.data.source.ParseResult.Rejected;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LlavaFormatTest {
  private static final String TURNS =
      "[{from: 'human', value: '<image>\\nWhat is shown?'}, {from: 'gpt', value: 'A meal.'}]";

  private final List<String> asked = new ArrayList<>();

  @Test
  void convertsTheWorkedExample() {
    SftSample sample = parsed("{id: '1', image: '000000000009.jpg', conversations: " + TURNS + "}");

    assertThat(MllmJson.toJson(sample))
        .hasToString(
            "{\"images\":[\"./data/COCO2017/train2017/000000000009.jpg\"],\"messages\":["
                + "{\"role\":\"user\",\"content\":\"<image>\\nWhat is shown?\"},"
                + "{\"role\":\"assistant\",\"content\":\"A meal.\"}]}");
    assertThat(asked).containsExactly("./data/COCO2017/train2017/000000000009.jpg");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "image: null,", "image: '',", "image: [],"})
  void keepsARecordWithoutPicture(String image) {
    SftSample sample = parsed("{" + image + "conversations: " + TURNS + "}");

    assertThat(sample.images()).isEmpty();
    assertThat(sample.turns()).hasSize(2);
    assertThat(asked).isEmpty();
  }

  @Test
  void copiesTextsUnchanged() {
    String text = "  <image>\\r\\n\\u4f60\\u597d \\ud83d\\ude00 <|im_end|>\\n ";
    SftSample sample =
        parsed(
            "{conversations: [{from: 'human', value: \""
                + text
                + "\"}, {from: 'gpt', value: ''}]}");

    assertThat(sample.turns())
        .containsExactly(
            new Turn(Role.USER, "  <image>\r\n你好 😀 <|im_end|>\n "), new Turn(Role.ASSISTANT, ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "[{from: 'human', value: 'a'}]",
        "[{from: 'gpt', value: 'a'}, {from: 'gpt', value: 'b'}]"
      })
  void leavesOrderAndNumberOfTurnsToTheEncoder(String turns) {
    assertThat(parse("{conversations: " + turns + "}")).isInstanceOf(Parsed.class);
  }

  @Test
  void dropsARecordWhosePictureIsMissing() {
    Rejected rejected = rejected("{image: 'missing.jpg', conversations: " + TURNS + "}");

    assertThat(rejected.reason()).isEqualTo(RejectReason.IMAGE_MISSING);
    assertThat(rejected.detail()).isEqualTo("./data/COCO2017/train2017/missing.jpg");
    assertThat(rejected.reason().severity()).isEqualTo(RejectReason.Severity.DROP);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'system'", "'user'", "'Human'", "''", "null", "7"})
  void failsOnASpeakerThatIsNeitherHumanNorGpt(String speaker) {
    Rejected rejected =
        rejected(
            "{conversations: [{from: " + speaker + ", value: 'x'}, " + TURNS.substring(1) + "}");

    assertThat(rejected.reason()).isEqualTo(RejectReason.UNKNOWN_SPEAKER);
    assertThat(rejected.reason().severity()).isEqualTo(RejectReason.Severity.FAIL);
    assertThat(rejected.detail()).isEqualTo("message 0 is from " + speaker.replace('\'', '"'));
  }

  @Test
  void namesASpeakerThatIsAbsent() {
    assertThat(rejected("{conversations: [{value: 'x'}]}").detail())
        .isEqualTo("message 0 is from nobody");
  }

  @Test
  void failsWithoutConversations() {
    assertThat(rejected("{image: 'a.jpg'}").reason()).isEqualTo(RejectReason.MESSAGES_MISSING);
    assertThat(rejected("{conversations: null}").detail()).isEqualTo("no column conversations");
    assertThat(rejected("{conversations: 'x'}").detail()).isEqualTo("conversations is \"x\"");
  }

  @Test
  void rejectsATextThatIsMissingOrNoText() {
    assertThat(rejected("{conversations: [{from: 'human'}]}").reason())
        .isEqualTo(RejectReason.CONTENT_MISSING);
    assertThat(rejected("{conversations: [{from: 'human', value: 5}]}"))
        .isEqualTo(new Rejected(RejectReason.CONTENT_TYPE, "value is 5"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"['a.jpg']", "{path: 'a.jpg'}", "5", "true"})
  void rejectsAPictureThatIsNoPath(String image) {
    assertThat(rejected("{image: " + image + ", conversations: " + TURNS + "}").reason())
        .isEqualTo(RejectReason.IMAGES_TYPE);
  }

  @Test
  void storesPathsRelativeToTheRootWhenAskedTo() {
    SftSample sample =
        parsed(
            new LlavaFormat(LlavaPaths.RELATIVE),
            "/coco",
            "{image: 'a.jpg', conversations: " + TURNS + "}");

    assertThat(sample.images()).containsExactly(new ImageRef("./train2017/a.jpg"));
    assertThat(asked).containsExactly("/coco/train2017/a.jpg");
  }

  @Test
  void takesAnAbsolutePicturePathAsItIs() {
    for (LlavaPaths paths : List.of(LlavaPaths.ROOTED, LlavaPaths.RELATIVE)) {
      asked.clear();
      SftSample sample =
          parsed(
              new LlavaFormat(paths),
              "/coco",
              "{image: '/pictures/a.jpg', conversations: " + TURNS + "}");

      assertThat(sample.images()).containsExactly(new ImageRef("/pictures/a.jpg"));
      assertThat(asked).containsExactly("/pictures/a.jpg");
    }
  }

  @Test
  void takesAnotherFolderOrNone() {
    String record = "{image: 'a.jpg', conversations: " + TURNS + "}";

    assertThat(parsed(new LlavaFormat(new LlavaPaths("images", true)), "d", record).images())
        .containsExactly(new ImageRef("d/images/a.jpg"));
    assertThat(parsed(new LlavaFormat(new LlavaPaths("", true)), "d", record).images())
        .containsExactly(new ImageRef("d/a.jpg"));
  }

  @Test
  void recognisesItsRecords() {
    LlavaFormat format = new LlavaFormat();

    assertThat(format.matches(Json.of("{conversations: " + TURNS + "}"), Attributes.mllm()))
        .isTrue();
    assertThat(format.matches(Json.of("{conversations: []}"), Attributes.mllm())).isTrue();
    assertThat(
            format.matches(
                Json.of("{images: [], conversations: " + TURNS + "}"), Attributes.mllm()))
        .isFalse();
    assertThat(format.matches(Json.of("{messages: []}"), Attributes.mllm())).isFalse();
    assertThat(format.matches(Json.of("[1]"), Attributes.mllm())).isFalse();
  }

  private SftSample parsed(String record) {
    return parsed(new LlavaFormat(), "./data/COCO2017", record);
  }

  private SftSample parsed(LlavaFormat format, String root, String record) {
    return (SftSample) ((Parsed) parse(format, root, record)).sample();
  }

  private Rejected rejected(String record) {
    return (Rejected) parse(record);
  }

  private ParseResult parse(String record) {
    return parse(new LlavaFormat(), "./data/COCO2017", record);
  }

  private ParseResult parse(LlavaFormat format, String root, String record) {
    return format
        .parser(
            SourceSettings.of(Attributes.shareGpt(), root),
            path -> {
              asked.add(path);
              return !path.contains("missing");
            })
        .parse(Json.of(record));
  }
}
