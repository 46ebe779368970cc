package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTextTest {
  private final ConfigProblems problems = new ConfigProblems();

  @Test
  void readsAnyValue() {
    assertThat(parse("{\"a\": [1, 2.5, null, true, \"x\"]}"))
        .hasValueSatisfying(node -> assertThat(node.get("a")).hasSize(5));
    assertThat(parse(" 5 ")).isPresent();
    assertThat(problems.problems()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'a': 1,} | at line 1, column",
        "{'a': 1 // note} | at line 1, column",
        "/* note */ {} | at line 1, column",
        "{'a': 1} {'b': 2} | at line 1, column",
        "{'a': 1, 'a': 2} | Duplicate field 'a'",
        "{'a': {'b': 1, 'c': 2, 'b': 3}} | Duplicate field 'b'",
        "{'a' 1} | at line 1, column",
        "{'a': | at line 1, column",
        "{a: 1} | at line 1, column",
        "{'a': NaN} | at line 1, column",
        "{'a': 01} | at line 1, column",
      })
  void isStrict(String text, String part) {
    assertThat(parse(text.replace('\'', '"'))).isEmpty();
    assertThat(problems.problems())
        .singleElement()
        .asString()
        .startsWith("f.json: cannot be read as JSON at line 1, column ")
        .contains(part);
  }

  @Test
  void namesTheLineOfTheMistake() {
    parse("{\n  \"a\": 1,\n  \"b\": ,\n}");

    assertThat(messages()).singleElement().asString().contains("at line 3, column 8");
  }

  @Test
  void anEmptyFileIsNoJson() {
    assertThat(parse("  \n ")).isEmpty();
    assertThat(messages()).containsExactly("f.json: cannot be read as JSON: the file is empty");
  }

  @Test
  void hugeNestingIsRefused() {
    assertThat(parse("[".repeat(100_000))).isEmpty();
    assertThat(messages()).singleElement().asString().contains("nesting depth");
  }

  private Optional<JsonNode> parse(String text) {
    return JsonText.parse("f.json", text, problems);
  }

  private List<String> messages() {
    return problems.problems().stream().map(ConfigProblem::toString).toList();
  }
}
