package io.sparkmm.conf.load;

import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.Fsdp2Config;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Traps of both languages, seen from the configuration that is read out of them. */
class TextTrapsTest {
  private final ConfigProblems problems = new ConfigProblems();

  @ParameterizedTest
  @ValueSource(strings = {"true", "True", "TRUE", "yes", "Yes", "on", "On"})
  void allWordsForYesAreTrue(String word) {
    assertThat(fsdp2("offload_to_cpu: " + word).offloadToCpu()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "False", "no", "No", "off", "OFF"})
  void allWordsForNoAreFalse(String word) {
    assertThat(fsdp2("use_reentrant: " + word).useReentrant()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "y | a text",
        "'true' | a text",
        "1 | a whole number",
        "~ | null",
        "[true] | a list",
      })
  void otherWordsAreNoFlags(String word, String found) {
    assertThat(problemsOf(() -> fsdp2("offload_to_cpu: " + quoted(word))))
        .singleElement()
        .asString()
        .endsWith("expected true or false, got " + found);
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "'''2''', 2", "+3, 3", "0, 0", "0x10, 16", "010, 8", "1_0, 10"})
  void wholeNumbersInYamlHaveManySpellings(String text, int value) {
    assertThat(fsdp2("num_to_forward_prefetch: " + text).numToForwardPrefetch()).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.0", "1e1", "many", "[1]", ".inf"})
  void otherNumbersAreNoPrefetchDistance(String text) {
    assertThat(problemsOf(() -> fsdp2("num_to_forward_prefetch: " + text)))
        .singleElement()
        .asString()
        .startsWith("f.yaml: num_to_forward_prefetch = ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sub_modules_to_wrap: [model.layers.{1,3,5}]",
        "sub_modules_to_wrap: [model.layers.{*}]",
        "sub_modules_to_wrap: *",
        "sub_modules_to_wrap:\n  - *layers",
        "sub_modules_to_wrap:\n  - {0-3}.layers"
      })
  void unquotedPatternsEndWithAdviceOnQuotes(String text) {
    assertThat(problemsOf(() -> fsdp2(text)))
        .singleElement()
        .asString()
        .containsIgnoringCase("between quotes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "3 | 3 | expected a module pattern as text; put it between quotes",
        "true | true | expected a module pattern as text; put it between quotes",
        "~ | null | expected a module pattern as text; put it between quotes",
        "[a] | [\"a\"] | expected a module pattern as text; put it between quotes",
        "a..b | a..b | the path is not a dotted path of names: a name is empty",
        "layers.{5-3} | layers.{5-3} | the range 5-3 has its start > its end",
      })
  void wrongEntriesAreNamedByTheirPlaceInTheList(String entry, String shown, String message) {
    for (String key : List.of("sub_modules_to_wrap", "ignored_modules", "recompute_modules")) {
      assertThat(problemsOf(() -> fsdp2(key + ":\n  - fine\n  - " + entry)))
          .containsExactly("f.yaml: " + key + "[1] = " + shown + ": " + message);
    }
  }

  @Test
  void aScalarIsNoListOfPatterns() {
    assertThat(problemsOf(() -> fsdp2("ignored_modules: visual")))
        .containsExactly(
            "f.yaml: ignored_modules = visual: expected a list of module patterns; write it as a"
                + " YAML list");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sub_modules_to_wrap:", "sub_modules_to_wrap: ~", "ignored_modules: []"})
  void nothingInAListMeansTheRootOnly(String text) {
    assertThat(fsdp2(text)).isEqualTo(Fsdp2Config.defaults());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:\t1\n", "\ta: 1\n", "a: 'x'\ty\n"})
  void tabsElsewhereThanAtTheEndAreNamedWithTheirPlace(String text) {
    assertThat(YamlText.parse("f.yaml", text, problems)).isEmpty();
    assertThat(messages()).singleElement().asString().contains(" at line 1, column ");
  }

  @Test
  void aMarkOfTheByteOrderIsSkippedInYamlAndRefusedInJson() {
    assertThat(YamlText.parse("f.yaml", "\uFEFFa: 1\n", problems))
        .hasValueSatisfying(node -> assertThat(node.path("a").asInt()).isEqualTo(1));
    assertThat(messages()).isEmpty();

    assertThat(JsonText.parse("f.json", "\uFEFF{\"a\": 1}", problems)).isEmpty();
    assertThat(messages())
        .singleElement()
        .asString()
        .startsWith("f.json: cannot be read as JSON at line 1, column 1: Unexpected character")
        .contains("0xfeff");
  }

  @ParameterizedTest
  @CsvSource({
    "'{|  \"a\": 1,|  \"a\": 2|}', 3",
    "'{|  \"a\": {|    \"b\": 1,|    \"b\": 2}}', 4",
    "'{|  \"a\": [{\"b\": 1, \"b\": 2}]|}', 2",
    "'{|  \"a\": 1,|  \"b\": 2,|}', 4",
    "'{|  \"a\": tru|}', 3",
    "'{}|{}', 2",
  })
  void mistakesInJsonAreNamedWithTheirLine(String text, int line) {
    assertThat(JsonText.parse("f.json", text.replace('|', '\n'), problems)).isEmpty();
    assertThat(messages())
        .singleElement()
        .asString()
        .matches("f.json: cannot be read as JSON at line (" + line + "|" + (line - 1) + "), .*");
  }

  @Test
  void equalNamesInDifferentObjectsAreNoDuplicates() {
    assertThat(JsonText.parse("f.json", "{\"a\": {\"x\": 1}, \"b\": {\"x\": 1}}", problems))
        .map(JsonNode::size)
        .contains(2);
    assertThat(messages()).isEmpty();
  }

  @Test
  void escapedNamesAreDuplicatesToo() {
    assertThat(JsonText.parse("f.json", "{\"ab\": 1, \"a\\u0062\": 2}", problems)).isEmpty();
    assertThat(messages()).singleElement().asString().contains("Duplicate field 'ab'");
  }

  @Test
  void octalNumbersAreRemarkedOnOnceEach() {
    assertThat(YamlText.parse("f.yaml", "a: [010, 10, '010']\nb: -07\nc: 0o7\n", problems))
        .isPresent();
    assertThat(problems.warnings())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "f.yaml = 010: is read as an octal number at line 1",
            "f.yaml = -07: is read as an octal number at line 2");
  }

  private static Fsdp2Config fsdp2(String text) {
    return ConfigLoader.parseFsdp2("f.yaml", text);
  }

  private static String quoted(String word) {
    return word.equals("true") ? "\"true\"" : word;
  }

  private List<String> messages() {
    return problems.problems().stream().map(ConfigProblem::toString).toList();
  }
}
