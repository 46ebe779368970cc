package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTextTest {
  private final ConfigProblems problems = new ConfigProblems();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: 1 | {'a':1}",
        "a: 1.5 | {'a':1.5}",
        "a: 1e-5 | {'a':1.0E-5}",
        "a: True | {'a':true}",
        "a: off | {'a':false}",
        "a: ~ | {'a':null}",
        "a: | {'a':null}",
        "a: 'x' | {'a':'x'}",
        "a: 2024-01-31 | {'a':'2024-01-31'}",
        "a: 99999999999 | {'a':99999999999}",
        "a: 99999999999999999999 | {'a':99999999999999999999}",
        "a: [1, {b: 2}] | {'a':[1,{'b':2}]}",
        "5: x | {'5':'x'}",
      })
  void readsPlainTypes(String text, String json) {
    assertThat(parse(text)).hasToString("Optional[" + json.replace('\'', '"') + "]");
    assertThat(problems.problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a: 1\t\nb: 2", "a: \"1\"\t\nb:\t\n  - 2 \t \n", "a: 1 \t\r\nb: 2\t\r\n"})
  void dropsBlanksAndTabsAtTheEndsOfLines(String text) {
    assertThat(parse(text)).hasValueSatisfying(node -> assertThat(node).hasSize(2));
    assertThat(problems.problems()).isEmpty();
  }

  @Test
  void keepsTabsInsideTexts() {
    assertThat(parse("a: \"x\ty\"")).hasToString("Optional[{\"a\":\"x\\ty\"}]");
  }

  @Test
  void followsAnchorsAliasesAndMerges() {
    assertThat(parse("base: &b {x: 1, y: 2}\ncopy: *b\nmore:\n  <<: *b\n  y: 3\n"))
        .hasToString(
            "Optional[{\"base\":{\"x\":1,\"y\":2},\"copy\":{\"x\":1,\"y\":2},"
                + "\"more\":{\"x\":1,\"y\":3}}]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# only a remark\n", "---\n", "~"})
  void anEmptyFileHasAllDefaults(String text) {
    assertThat(parse(text)).hasToString("Optional[{}]");
    assertThat(problems.warnings())
        .singleElement()
        .hasToString("f.yaml: the file is empty: every key has its default");
  }

  @Test
  void remarksOnOctalNumbers() {
    assertThat(parse("a: 1\nb: 0777\nc: '0777'\nd: 0\n"))
        .hasToString("Optional[{\"a\":1,\"b\":511,\"c\":\"0777\",\"d\":0}]");
    assertThat(problems.warnings())
        .singleElement()
        .hasToString("f.yaml = 0777: is read as an octal number at line 2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'a: 1;b: [2' | at line 2, column 6",
        "'a: 1; b: 2' | at line 2, column",
        "'a: 1;b:\tx' | at line 2, column 3: found character '\\t(TAB)' that cannot start any token",
        "'a: 1;a: 2' | duplicate key a",
        "'a: {b: 1, b: 2}' | duplicate key b",
        "'a: *x' | found undefined alias x",
        "'a: !!java.net.URL [x]' | Global tag is not allowed",
        "'a: 1;---;b: 2' | but found another document",
      })
  void namesLineAndCause(String text, String part) {
    assertThat(parse(text.replace(';', '\n'))).isEmpty();
    assertThat(messages())
        .singleElement()
        .asString()
        .startsWith("f.yaml: cannot be read as YAML at line ")
        .contains(part);
  }

  @Test
  void refusesAValueThatContainsItself() {
    assertThat(parse("a: &x [1, *x]")).isEmpty();
    assertThat(messages())
        .containsExactly(
            "f.yaml: cannot be read as YAML: an alias refers to a value that contains it");
  }

  @Test
  void refusesADocumentThatUnfoldsWithoutEnd() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x]\n");
    IntStream.range(1, 11)
        .forEach(
            i ->
                bomb.append("a" + i + ": &a" + i + " [")
                    .append(("*a" + (i - 1) + ", ").repeat(3) + "*a" + (i - 1))
                    .append("]\n"));

    assertThat(parse(bomb.toString())).isEmpty();
    assertThat(messages())
        .containsExactly(
            "f.yaml: cannot be read as YAML: the document has more than 100000 values");
  }

  @Test
  void refusesTwoKeysThatReadTheSame() {
    assertThat(parse("5: a\n'5': b\n")).isEmpty();
    assertThat(messages())
        .containsExactly("f.yaml: cannot be read as YAML: the key 5 stands twice");
  }

  @Test
  void hugeNestingIsRefused() {
    assertThat(parse("[".repeat(100_000) + "]".repeat(100_000))).isEmpty();
    assertThat(messages()).singleElement().asString().contains("Nesting Depth exceeded");
  }

  private Optional<JsonNode> parse(String text) {
    return YamlText.parse("f.yaml", text, problems);
  }

  private List<String> messages() {
    return problems.problems().stream().map(ConfigProblem::toString).toList();
  }
}
