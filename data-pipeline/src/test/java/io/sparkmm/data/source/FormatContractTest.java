package io.sparkmm.data.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sparkmm.data.fixture.Json;
import io.sparkmm.data.sample.PreferenceSample;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.source.Attributes.Column;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every data set format promises. A new format is added to {@link #cases()} with five good
 * records and one record for every reason that it can give.
 */
class FormatContractTest {
  private static final String ANSWERS =
      "chosen: {role: 'assistant', content: 'c'}, rejected: {role: 'assistant', content: 'r'}";

  private static final Attributes ALPACA =
      new Attributes(
          Map.of(
              Column.PROMPT, "instruction",
              Column.QUERY, "input",
              Column.RESPONSE, "output",
              Column.HISTORY, "history",
              Column.SYSTEM, "system",
              Column.IMAGES, "images"),
          Map.of(),
          "role",
          "content");

  /**
   * A format under test.
   *
   * @param bad a record for each reason
   */
  record Case(
      DatasetFormat format,
      Attributes attributes,
      List<String> good,
      Map<RejectReason, String> bad) {
    @Override
    public String toString() {
      return format.name() + (attributes.ranking() ? " with ranking" : "");
    }

    RecordParser parser() {
      return format.parser(
          SourceSettings.of(attributes, "root"), path -> path.endsWith("here.jpg"));
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(
            DatasetFormats.standard().get("llava"),
            Attributes.shareGpt(),
            List.of(
                "{id: '1', image: 'here.jpg', conversations: [{from: 'human', value: '<image>'},"
                    + " {from: 'gpt', value: 'b'}]}",
                "{conversations: [{from: 'human', value: 'a'}, {from: 'gpt', value: 'b'}]}",
                "{image: null, conversations: [{from: 'human', value: ''},"
                    + " {from: 'gpt', value: ''}]}",
                "{image: '', conversations: []}",
                "{conversations: [{from: 'gpt', value: 'a'}]}"),
            Map.of(
                RejectReason.RECORD_NOT_OBJECT, "[]",
                RejectReason.MESSAGES_MISSING, "{}",
                RejectReason.MESSAGE_MALFORMED, "{conversations: ['a']}",
                RejectReason.CONTENT_MISSING, "{conversations: [{from: 'gpt'}]}",
                RejectReason.CONTENT_TYPE, "{conversations: [{from: 'gpt', value: []}]}",
                RejectReason.UNKNOWN_SPEAKER, "{conversations: [{from: 'me', value: 'a'}]}",
                RejectReason.IMAGES_TYPE, "{image: 1, conversations: []}",
                RejectReason.IMAGE_MISSING, "{image: 'gone.jpg', conversations: []}")),
        new Case(
            DatasetFormats.standard().get("sharegpt"),
            Attributes.mllm()
                .withColumn(Column.SYSTEM, "system")
                .withColumn(Column.VIDEOS, "videos")
                .withColumn(Column.AUDIOS, "audios"),
            List.of(
                "{messages: [{role: 'user', content: 'a'}, {role: 'assistant', content: 'b'}]}",
                "{images: [], messages: [{role: 'user', content: ''},"
                    + " {role: 'assistant', content: ''}]}",
                "{images: ['here.jpg'], messages: [{role: 'user', content: '<image>'},"
                    + " {role: 'assistant', content: 'b'}]}",
                "{images: 'gone.jpg', videos: null, audios: [], messages: [{role: 'user', content: 'a'},"
                    + " {role: 'assistant', content: 'b'}]}",
                "{system: 's', messages: [{content: 'a', role: 'user'},"
                    + " {role: 'assistant', content: 'b'}, {role: 'user', content: 'c'},"
                    + " {role: 'assistant', content: 'd'}]}"),
            Map.ofEntries(
                Map.entry(RejectReason.RECORD_NOT_OBJECT, "'text'"),
                Map.entry(RejectReason.MESSAGES_MISSING, "{messages: null}"),
                Map.entry(RejectReason.MESSAGE_MALFORMED, "{messages: [null]}"),
                Map.entry(RejectReason.MESSAGES_EMPTY, "{messages: []}"),
                Map.entry(
                    RejectReason.CONTENT_MISSING, "{messages: [{role: 'user', content: null}]}"),
                Map.entry(RejectReason.CONTENT_TYPE, "{messages: [{role: 'user', content: 1}]}"),
                Map.entry(RejectReason.ROLE_MISSING, "{messages: [{content: 'a'}]}"),
                Map.entry(RejectReason.ROLE_UNEXPECTED, "{messages: [{role: 'x', content: 'a'}]}"),
                Map.entry(RejectReason.MESSAGE_COUNT, "{messages: [{role: 'user', content: 'a'}]}"),
                Map.entry(
                    RejectReason.IMAGE_FORBIDDEN,
                    "{images: '../here.jpg', messages: [{role: 'user', content: 'a'},"
                        + " {role: 'assistant', content: 'b'}]}"),
                Map.entry(
                    RejectReason.VIDEOS_UNSUPPORTED,
                    "{videos: ['a.mp4'], messages: [{role: 'user', content: 'a'},"
                        + " {role: 'assistant', content: 'b'}]}"),
                Map.entry(
                    RejectReason.AUDIOS_UNSUPPORTED,
                    "{audios: 'a.wav', messages: [{role: 'user', content: 'a'},"
                        + " {role: 'assistant', content: 'b'}]}"),
                Map.entry(
                    RejectReason.IMAGES_TYPE,
                    "{images: 1, messages: [{role: 'user', content: 'a'},"
                        + " {role: 'assistant', content: 'b'}]}"))),
        new Case(
            DatasetFormats.standard().get("sharegpt"),
            Attributes.mllm().withRanking("chosen", "rejected"),
            List.of(
                "{messages: [{role: 'user', content: 'a'}]," + ANSWERS + "}",
                "{messages: [{role: 'user', content: ''}], images: null," + ANSWERS + "}",
                "{messages: [{role: 'user', content: 'a'}, {role: 'assistant', content: 'b'},"
                    + " {role: 'user', content: 'c'}],"
                    + ANSWERS
                    + "}",
                "{messages: [{role: 'user', content: '<image>'}], images: 'here.jpg',"
                    + ANSWERS
                    + "}",
                "{messages: [{role: 'user', content: 'a'}], other: 1," + ANSWERS + "}"),
            Map.ofEntries(
                Map.entry(RejectReason.RECORD_NOT_OBJECT, "'text'"),
                Map.entry(RejectReason.MESSAGES_MISSING, "{" + ANSWERS + "}"),
                Map.entry(RejectReason.MESSAGE_MALFORMED, "{messages: [null]," + ANSWERS + "}"),
                Map.entry(RejectReason.MESSAGES_EMPTY, "{messages: []," + ANSWERS + "}"),
                Map.entry(
                    RejectReason.MESSAGE_COUNT,
                    "{messages: [{role: 'user', content: 'a'}, {role: 'assistant', content: 'b'}],"
                        + ANSWERS
                        + "}"),
                Map.entry(
                    RejectReason.ANSWER_MISSING,
                    "{messages: [{role: 'user', content: 'a'}], chosen: 'text', rejected: null}"),
                Map.entry(
                    RejectReason.ROLE_UNEXPECTED,
                    "{messages: [{role: 'user', content: 'a'}], chosen: {role: 'user', content:"
                        + " 'c'}, rejected: {role: 'assistant', content: 'r'}}"),
                Map.entry(
                    RejectReason.ROLE_MISSING,
                    "{messages: [{role: 'user', content: 'a'}], chosen: {content: 'c'},"
                        + " rejected: {role: 'assistant', content: 'r'}}"),
                Map.entry(
                    RejectReason.CONTENT_MISSING,
                    "{messages: [{role: 'user', content: 'a'}], chosen: {role: 'assistant',"
                        + " content: null}, rejected: {role: 'assistant', content: 'r'}}"),
                Map.entry(
                    RejectReason.CONTENT_TYPE,
                    "{messages: [{role: 'user', content: 'a'}], chosen: {role: 'assistant',"
                        + " content: 1}, rejected: {role: 'assistant', content: 'r'}}"),
                Map.entry(
                    RejectReason.IMAGES_TYPE,
                    "{messages: [{role: 'user', content: 'a'}], images: 1," + ANSWERS + "}"))),
        new Case(
            DatasetFormats.standard().get("alpaca"),
            ALPACA,
            List.of(
                "{instruction: 'a', output: 'b'}",
                "{instruction: 'a', input: 'q', output: 'b', history: [['c', 'd']]}",
                "{instruction: '', input: '', output: '', history: null, images: []}",
                "{instruction: '<image>', output: 'b', images: 'here.jpg', system: 's'}",
                "{instruction: 'a', output: 'b', history: []}"),
            Map.of(
                RejectReason.RECORD_NOT_OBJECT, "[1]",
                RejectReason.ANSWER_MISSING, "{instruction: 'a', output: null}",
                RejectReason.CONTENT_TYPE, "{instruction: 1, output: 'b'}",
                RejectReason.CONTENT_MISSING,
                    "{instruction: 'a', output: 'b', history: [['c', null]]}",
                RejectReason.MESSAGE_MALFORMED, "{instruction: 'a', output: 'b', history: [['c']]}",
                RejectReason.IMAGES_TYPE, "{instruction: 'a', output: 'b', images: {}}",
                RejectReason.IMAGE_FORBIDDEN,
                    "{instruction: 'a', output: 'b', images: 'http://host/here.jpg'}")),
        new Case(
            DatasetFormats.standard().get("alpaca"),
            ALPACA.withRanking("better", "worse"),
            List.of(
                "{instruction: 'a', better: 'b', worse: 'c'}",
                "{instruction: 'a', output: null, better: 'b', worse: 'c'}",
                "{instruction: 'a', better: '', worse: ''}",
                "{instruction: 'a', input: 'q', better: 'b', worse: 'c', history: [['d', 'e']]}",
                "{instruction: '<image>', images: ['here.jpg'], better: 'b', worse: 'c'}"),
            Map.of(
                RejectReason.RECORD_NOT_OBJECT, "1",
                RejectReason.ANSWER_MISSING, "{instruction: 'a', better: {}, worse: 'c'}",
                RejectReason.CONTENT_TYPE, "{instruction: [], better: 'b', worse: 'c'}",
                RejectReason.CONTENT_MISSING,
                    "{instruction: 'a', better: 'b', worse: 'c', history: [[null, 'x']]}",
                RejectReason.MESSAGE_MALFORMED,
                    "{instruction: 'a', better: 'b', worse: 'c', history: ['x']}",
                RejectReason.IMAGES_TYPE,
                    "{instruction: 'a', better: 'b', worse: 'c', images: [1]}")));
  }

  @Test
  void everyFormatIsTested() {
    assertThat(cases().map(one -> one.format().name()).collect(Collectors.toSet()))
        .isEqualTo(DatasetFormats.standard().names());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasALowerCaseName(Case one) {
    assertThat(one.format().name()).matches("[a-z][a-z0-9_]*");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void parsesGoodRecords(Case one) {
    assertThat(one.good()).hasSizeGreaterThanOrEqualTo(5);
    for (String record : one.good()) {
      assertThat(one.parser().parse(Json.of(record)))
          .as(record)
          .isInstanceOf(ParseResult.Parsed.class);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheReasonForBadRecords(Case one) {
    one.bad()
        .forEach(
            (reason, record) ->
                assertThat(one.parser().parse(Json.of(record)))
                    .as(record)
                    .isInstanceOfSatisfying(
                        ParseResult.Rejected.class,
                        rejected -> {
                          assertThat(rejected.reason()).isEqualTo(reason);
                          assertThat(rejected.detail()).isNotBlank();
                        }));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void recognisesItsOwnRecordsOnly(Case one) {
    for (String record : one.good()) {
      assertThat(one.format().matches(Json.of(record), one.attributes())).as(record).isTrue();
    }
    for (String other : List.of("{}", "[]", "1", "null", "{question: 'a', answer: 'b'}")) {
      assertThat(one.format().matches(Json.of(other), one.attributes())).as(other).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void parsesARecordTheSameWayTwice(Case one) {
    RecordParser parser = one.parser();
    for (String record : one.good()) {
      JsonNode node = Json.of(record);
      String before = node.toString();

      assertThat(parser.parse(node)).isEqualTo(parser.parse(node));
      assertThat(node).hasToString(before);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void neverThrowsForAnyRecord(Case one) {
    long seed = 20_260;
    Random random = new Random(seed);
    List<JsonNode> records = one.good().stream().map(Json::of).toList();
    TreeSet<RejectReason> seen = new TreeSet<>();
    for (int i = 0; i < 3000; i++) {
      JsonNode damaged = damage(records.get(random.nextInt(records.size())), random);
      ParseResult result = one.parser().parse(damaged);
      if (result instanceof ParseResult.Rejected rejected) {
        seen.add(rejected.reason());
      } else {
        assertThat(((ParseResult.Parsed) result).sample())
            .as("seed %d, record %s", seed, damaged)
            .isInstanceOf(one.attributes().ranking() ? PreferenceSample.class : SftSample.class);
      }
    }

    assertThat(one.bad().keySet()).containsAll(seen);
  }

  /** A copy in which about one value in ten is another one. */
  private static JsonNode damage(JsonNode node, Random random) {
    if (random.nextInt(10) == 0) {
      List<String> values = List.of("null", "1", "'x'", "[]", "{}", "[null]", "true", "'here.jpg'");
      return Json.of(values.get(random.nextInt(values.size())));
    }
    if (node.isObject()) {
      var object = JsonNodeFactory.instance.objectNode();
      node.properties()
          .forEach(
              field -> {
                if (random.nextInt(20) > 0) {
                  object.set(field.getKey(), damage(field.getValue(), random));
                }
              });
      return object;
    }
    if (node.isArray()) {
      var array = JsonNodeFactory.instance.arrayNode();
      node.forEach(child -> array.add(damage(child, random)));
      return array;
    }
    return node;
  }
}
