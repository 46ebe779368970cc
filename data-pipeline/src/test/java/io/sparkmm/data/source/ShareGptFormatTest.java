package io.sparkmm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Json;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.PreferenceSample;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.source.Attributes.Column;
import io.sparkmm.data.source.ParseResult.Parsed;
import io.sparkmm.data.source.ParseResult.Rejected;
import io.sparkmm.data.source.SourceSettings.ContentMode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShareGptFormatTest {
  private static final String USER = "{role: 'user', content: 'Hi'}";
  private static final String ASSISTANT = "{role: 'assistant', content: 'Hello'}";
  private static final String SYSTEM = "{role: 'system', content: 'Be brief.'}";

  @Test
  void alignsAnMllmRecord() {
    SftSample sample =
        parsed(
            Attributes.mllm(),
            "{images: ['a.jpg', 'b.jpg'], messages: [" + USER + "," + ASSISTANT + "], other: 1}");

    assertThat(sample)
        .isEqualTo(
            new SftSample(
                "",
                List.of(new Turn(Role.USER, "Hi"), new Turn(Role.ASSISTANT, "Hello")),
                List.of(new ImageRef("data/a.jpg"), new ImageRef("b.jpg"))));
  }

  @Test
  void alignsAShareGptRecordWithoutConversion() {
    SftSample sample =
        parsed(
            Attributes.shareGpt().withColumn(Column.IMAGES, "images"),
            "{conversations: [{from: 'human', value: '<image>Hi'}, {from: 'gpt', value: 'Yo'}],"
                + " images: ['a.jpg']}");

    assertThat(sample.turns())
        .containsExactly(new Turn(Role.USER, "<image>Hi"), new Turn(Role.ASSISTANT, "Yo"));
    assertThat(sample.images()).containsExactly(new ImageRef("data/a.jpg"));
  }

  @ParameterizedTest
  @CsvSource({
    "'assistant,user', ROLE_UNEXPECTED",
    "'user,user,assistant,assistant', ROLE_UNEXPECTED",
    "'user,assistant,user', MESSAGE_COUNT",
    "'user', MESSAGE_COUNT",
    "'', MESSAGES_EMPTY",
    "'system,user,assistant', ROLE_UNEXPECTED",
    "'user,system', ROLE_UNEXPECTED",
    "'User,assistant', ROLE_UNEXPECTED",
    "'human,gpt', ROLE_UNEXPECTED"
  })
  void dropsBrokenConversations(String roles, RejectReason reason) {
    StringBuilder messages = new StringBuilder();
    for (String role : roles.isEmpty() ? new String[0] : roles.split(",", -1)) {
      messages.append("{role: '").append(role).append("', content: 'x'},");
    }
    Rejected rejected = rejected("{messages: [" + messages.toString().replaceAll(",$", "") + "]}");

    assertThat(rejected.reason()).isEqualTo(reason);
    assertThat(reason.severity()).isEqualTo(RejectReason.Severity.DROP);
  }

  @Test
  void namesTheFirstMessageOutOfPlace() {
    assertThat(rejected("{messages: [" + USER + "," + USER + "]}").detail())
        .isEqualTo("message 1 is of \"user\"");
  }

  @Test
  void acceptsObservationAndFunctionWhereUserAndAssistantStand() {
    Attributes attributes =
        Attributes.mllm()
            .withRole(Role.OBSERVATION, "observation")
            .withRole(Role.FUNCTION, "function_call");
    SftSample sample =
        parsed(
            attributes,
            "{messages: ["
                + USER
                + ", {role: 'function_call', content: 'f()'},"
                + "{role: 'observation', content: '1'}, "
                + ASSISTANT
                + "]}");

    assertThat(sample.turns())
        .extracting(Turn::role)
        .containsExactly(Role.USER, Role.FUNCTION, Role.OBSERVATION, Role.ASSISTANT);
    assertThat(
            rejected("{messages: [{role: 'observation', content: '1'}," + ASSISTANT + "]}")
                .reason())
        .isEqualTo(RejectReason.ROLE_UNEXPECTED);
  }

  @Test
  void takesALeadingSystemMessageWhenTheTagIsOn() {
    SftSample sample =
        parsed(
            Attributes.mllm().withRole(Role.SYSTEM, "system"),
            "{messages: [" + SYSTEM + "," + USER + "," + ASSISTANT + "]}");

    assertThat(sample.system()).isEqualTo("Be brief.");
    assertThat(sample.turns()).hasSize(2);
  }

  @Test
  void countsOnlyTheMessagesAfterTheSystemMessage() {
    Rejected rejected =
        rejected(
            Attributes.mllm().withRole(Role.SYSTEM, "system"),
            "{messages: [" + SYSTEM + "," + USER + "]}");

    assertThat(rejected).isEqualTo(new Rejected(RejectReason.MESSAGE_COUNT, "1 messages"));
  }

  @Test
  void takesTheSystemColumn() {
    Attributes attributes = Attributes.mllm().withColumn(Column.SYSTEM, "sys");
    String messages = "messages: [" + USER + "," + ASSISTANT + "]";

    assertThat(parsed(attributes, "{sys: 'Be brief.'," + messages + "}").system())
        .isEqualTo("Be brief.");
    assertThat(parsed(attributes, "{sys: '', " + messages + "}").system()).isEmpty();
    assertThat(parsed(attributes, "{sys: null, " + messages + "}").system()).isEmpty();
    assertThat(parsed(attributes, "{" + messages + "}").system()).isEmpty();
    assertThat(parsed(Attributes.mllm(), "{sys: 'ignored', " + messages + "}").system()).isEmpty();
    assertThat(rejected(attributes, "{sys: 1, " + messages + "}").reason())
        .isEqualTo(RejectReason.CONTENT_TYPE);
  }

  @Test
  void prefersTheSystemMessageOverTheColumn() {
    SftSample sample =
        parsed(
            Attributes.mllm().withColumn(Column.SYSTEM, "sys").withRole(Role.SYSTEM, "system"),
            "{sys: 'column', messages: [" + SYSTEM + "," + USER + "," + ASSISTANT + "]}");

    assertThat(sample.system()).isEqualTo("Be brief.");
  }

  @Test
  void readsASystemMessageWithoutContentAsNone() {
    SftSample sample =
        parsed(
            Attributes.mllm().withRole(Role.SYSTEM, "system"),
            "{messages: [{role: 'system', content: null}," + USER + "," + ASSISTANT + "]}");

    assertThat(sample.system()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{content: 'x'}", "{role: null, content: 'x'}"})
  void dropsAMessageWithoutRole(String message) {
    assertThat(rejected("{messages: [" + message + "," + ASSISTANT + "]}"))
        .isEqualTo(new Rejected(RejectReason.ROLE_MISSING, "message 0 has no role"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{role: 'user'}", "{role: 'user', content: null}"})
  void dropsAMessageWithoutContent(String message) {
    assertThat(rejected("{messages: [" + message + "," + ASSISTANT + "]}"))
        .isEqualTo(new Rejected(RejectReason.CONTENT_MISSING, "message 0 has no content"));
  }

  @Test
  void keepsWhiteSpaceByDefaultAndStripsItWhenAskedTo() {
    String record =
        "{messages: [{role: 'user', content: ' \\n Hi\\u00a0'}, {role: 'assistant', content: null}]}";
    SourceSettings stripping = new SourceSettings(Attributes.mllm(), "", ContentMode.STRIPPED);
    Parsed parsed =
        (Parsed) new ShareGptFormat().parser(stripping, path -> false).parse(Json.of(record));

    assertThat(((SftSample) parsed.sample()).turns())
        .containsExactly(new Turn(Role.USER, "Hi"), new Turn(Role.ASSISTANT, ""));
    assertThat(
            parsed(
                    Attributes.mllm(),
                    "{messages: [{role: 'user', content: ' \\n Hi '}," + ASSISTANT + "]}")
                .turns()
                .get(0)
                .content())
        .isEqualTo(" \n Hi ");
  }

  @ParameterizedTest
  @CsvSource({
    "'{}', MESSAGES_MISSING",
    "'{messages: null}', MESSAGES_MISSING",
    "'{messages: {}}', MESSAGES_MISSING",
    "'{messages: [1, 2]}', MESSAGE_MALFORMED",
    "'[]', RECORD_NOT_OBJECT",
    "'5', RECORD_NOT_OBJECT",
    "'null', RECORD_NOT_OBJECT"
  })
  void rejectsWhatIsNoRecord(String record, RejectReason reason) {
    assertThat(rejected(record).reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({"null, 0", "[], 0", "'''x.jpg''', 1", "'[''x.jpg'', ''y.jpg'']', 2"})
  void readsPathsInEveryForm(String images, int count) {
    assertThat(
            parsed(
                    Attributes.mllm(),
                    "{images: " + images + ", messages: [" + USER + "," + ASSISTANT + "]}")
                .images())
        .hasSize(count);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "[null]", "[['x.jpg']]", "{a: 1}"})
  void rejectsPicturesThatAreNoPaths(String images) {
    assertThat(
            rejected("{images: " + images + ", messages: [" + USER + "," + ASSISTANT + "]}")
                .reason())
        .isEqualTo(RejectReason.IMAGES_TYPE);
  }

  @ParameterizedTest
  @EnumSource(
      value = Column.class,
      names = {"MESSAGES", "SYSTEM", "IMAGES", "VIDEOS", "AUDIOS"},
      mode = EnumSource.Mode.EXCLUDE)
  void refusesColumnsThatItCannotRead(Column column) {
    SourceSettings settings = SourceSettings.of(Attributes.mllm().withColumn(column, "extra"), "");

    assertThatThrownBy(() -> new ShareGptFormat().parser(settings, path -> true))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot read column \"extra\" as "
                + column
                + ": formatting sharegpt supports [MESSAGES, SYSTEM, IMAGES, VIDEOS, AUDIOS]");
  }

  @Test
  void refusesAttributesWithoutMessages() {
    Attributes none = new Attributes(Map.of(), Map.of(), "role", "content");

    assertThatThrownBy(() -> new ShareGptFormat().parser(SourceSettings.of(none, ""), path -> true))
        .hasMessageContaining("attr.messages names no column");
  }

  @Test
  void readsTwoAnswersWithRanking() {
    Attributes ranking = Attributes.mllm().withRanking("chosen", "rejected");

    assertThat(
            ((Parsed)
                    parse(
                        ranking,
                        "{messages: ["
                            + USER
                            + ","
                            + ASSISTANT
                            + ","
                            + USER
                            + "], chosen: {role: 'assistant', content: ' A '}, rejected: {role:"
                            + " 'assistant', content: 'B'}, images: ['a.jpg']}"))
                .sample())
        .isEqualTo(
            new PreferenceSample(
                "",
                List.of(
                    new Turn(Role.USER, "Hi"),
                    new Turn(Role.ASSISTANT, "Hello"),
                    new Turn(Role.USER, "Hi")),
                new Turn(Role.ASSISTANT, " A "),
                new Turn(Role.ASSISTANT, "B"),
                List.of(new ImageRef("data/a.jpg"))));
    assertThat(rejected(ranking, "{messages: [" + USER + "], chosen: null, rejected: null}"))
        .isEqualTo(new Rejected(RejectReason.ANSWER_MISSING, "chosen is null"));
    assertThat(
            rejected(
                ranking,
                "{messages: [" + USER + "], chosen: " + USER + ", rejected: " + ASSISTANT + "}"))
        .isEqualTo(new Rejected(RejectReason.ROLE_UNEXPECTED, "chosen is of \"user\""));
  }

  @Test
  void refusesRankingWithoutTheColumnsOfTheAnswers() {
    Attributes attributes =
        new Attributes(
            Map.of(Column.MESSAGES, "messages", Column.CHOSEN, "chosen"),
            Map.of(),
            "role",
            "content",
            true);

    assertThatThrownBy(
            () -> new ShareGptFormat().parser(SourceSettings.of(attributes, ""), path -> true))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("attr.rejected names no column");
  }

  @Test
  void rejectsOnlyRecordsThatReallyHaveVideosOrSounds() {
    Attributes attributes =
        Attributes.mllm().withColumn(Column.VIDEOS, "videos").withColumn(Column.AUDIOS, "audios");
    String messages = "messages: [" + USER + "," + ASSISTANT + "]}";

    for (String none : List.of("", "videos: null, audios: [],", "videos: '', audios: {},")) {
      assertThat(parse(attributes, "{" + none + messages)).isInstanceOf(Parsed.class);
    }
    assertThat(rejected(attributes, "{videos: ['x.mp4'], " + messages))
        .isEqualTo(new Rejected(RejectReason.VIDEOS_UNSUPPORTED, "videos is [\"x.mp4\"]"));
    assertThat(rejected(attributes, "{audios: 'x.wav', " + messages).reason())
        .isEqualTo(RejectReason.AUDIOS_UNSUPPORTED);
  }

  @Test
  void showsOnlyTheBeginningOfALongValue() {
    String detail = rejected("{messages: '" + "x".repeat(1000) + "'}").detail();

    assertThat(detail).hasSizeLessThan(200).endsWith("...");
  }

  @Test
  void recognisesItsRecords() {
    ShareGptFormat format = new ShareGptFormat();

    assertThat(format.matches(Json.of("{messages: [" + USER + "]}"), Attributes.mllm())).isTrue();
    assertThat(format.matches(Json.of("{messages: []}"), Attributes.mllm())).isTrue();
    assertThat(format.matches(Json.of("{messages: [{from: 'x'}]}"), Attributes.mllm())).isFalse();
    assertThat(format.matches(Json.of("{conversations: []}"), Attributes.mllm())).isFalse();
  }

  private static SftSample parsed(Attributes attributes, String record) {
    return (SftSample) ((Parsed) parse(attributes, record)).sample();
  }

  private static Rejected rejected(String record) {
    return rejected(Attributes.mllm(), record);
  }

  private static Rejected rejected(Attributes attributes, String record) {
    return (Rejected) parse(attributes, record);
  }

  private static ParseResult parse(Attributes attributes, String record) {
    return new ShareGptFormat()
        .parser(SourceSettings.of(attributes, "data"), Set.of("data/a.jpg")::contains)
        .parse(Json.of(record));
  }
}
