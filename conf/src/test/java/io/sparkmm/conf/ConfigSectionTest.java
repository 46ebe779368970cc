package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigSection.Dialect;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ConfigSectionTest {
  private final ConfigProblems problems = new ConfigProblems();

  @Test
  void absentKeysHaveTheirFallback() {
    ConfigSection section = section("{}");

    assertThat(section.text("a", "x")).isEqualTo("x");
    assertThat(section.optionalText("a")).isEmpty();
    assertThat(section.textOrNone("a", "x")).contains("x");
    assertThat(section.flag("a", true)).isTrue();
    assertThat(section.optionalFlag("a")).isEmpty();
    assertThat(section.integer("a", 3, Limit.ANY)).isEqualTo(3);
    assertThat(section.optionalInteger("a", Limit.ANY)).isEmpty();
    assertThat(section.number("a", 1.5, Limit.ANY)).isEqualTo(1.5);
    assertThat(section.optionalNumber("a", Limit.ANY)).isEmpty();
    assertThat(section.choice("a", LossType.class, LossType.PER_TOKEN))
        .isEqualTo(LossType.PER_TOKEN);
    assertThat(section.optionalChoice("a", LossType.class)).isEmpty();
    assertThat(section.optionalDType("a")).isEmpty();
    assertThat(section.texts("a")).isEmpty();
    assertThat(section.integers("a", List.of(1), Limit.ANY)).containsExactly(1);
    assertThat(section.optionalIntegers("a", Limit.ANY)).isEmpty();
    assertThat(section.section("a").isPresent("b")).isFalse();
    assertThat(messages()).isEmpty();
  }

  @Test
  void nullIsNothingWhereNothingIsPossible() {
    ConfigSection section = section("{\"a\": null}");

    assertThat(section.isPresent("a")).isTrue();
    assertThat(section.hasValue("a")).isFalse();
    assertThat(section.optionalText("a")).isEmpty();
    assertThat(section.textOrNone("a", "x")).isEmpty();
    assertThat(section.optionalInteger("a", Limit.ANY)).isEmpty();
    assertThat(section.texts("a")).isEmpty();
    assertThat(messages()).isEmpty();
  }

  @Test
  void nullIsAWrongTypeElsewhere() {
    section("{\"a\": null}").text("a", "x");
    section("{\"a\": null}").flag("a", true);
    section("{\"a\": null}").requiredInteger("a", Limit.ANY);
    section("{\"a\": null}").number("a", 1, Limit.ANY);

    assertThat(messages())
        .containsExactly(
            "f: a = null: expected a text, got null",
            "f: a = null: expected true or false, got null",
            "f: a = null: expected a whole number, got null",
            "f: a = null: expected a number, got null");
  }

  @ParameterizedTest
  @CsvSource({"JSON, false", "YAML, true", "ARGUMENTS, true"})
  void textsAreNumbersOutsideJson(Dialect dialect, boolean accepted) {
    ConfigSection section =
        ConfigSection.root("f", dialect, json("{\"a\": \"1e-5\", \"b\": \" 7 \"}"), problems);

    assertThat(section.number("a", 0, Limit.ANY)).isEqualTo(accepted ? 1e-5 : 0);
    assertThat(section.integer("b", 0, Limit.ANY)).isEqualTo(accepted ? 7 : 0);
    assertThat(messages()).hasSize(accepted ? 0 : 2);
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void wholeNumbersHaveNoFraction(Dialect dialect) {
    ConfigSection.root("f", dialect, json("{\"a\": 2.0}"), problems).integer("a", 0, Limit.ANY);

    assertThat(messages()).singleElement().asString().contains("expected a whole number");
  }

  @Test
  void listsReportTheirElements() {
    ConfigSection section = section("{\"o\": {\"a\": [1, \"x\", 2.5, -1], \"b\": [true, \"y\"]}}");

    assertThat(section.section("o").integers("a", List.of(), Limit.NOT_NEGATIVE))
        .containsExactly(1);
    assertThat(section.section("o").texts("b")).containsExactly("y");
    assertThat(messages())
        .containsExactly(
            "f: o.a[1] = x: expected a whole number, got a text",
            "f: o.a[2] = 2.5: expected a whole number, got a number with a fraction",
            "f: o.a[3] = -1: must be at least 0",
            "f: o.b[0] = true: expected a text, got a boolean");
  }

  @Test
  void unknownKeysAreFoundAtEveryLevelWhenFinished() {
    ConfigSection root =
        section("{\"seed\": 1, \"sed\": 2, \"inner\": {\"size\": 1, \"sise\": 2}}");
    root.integer("seed", 0, Limit.ANY);
    root.section("inner").integer("size", 0, Limit.ANY);

    root.finish();

    assertThat(messages())
        .containsExactly(
            "f: sed = 2: unknown key; did you mean seed?",
            "f: inner.sise = 2: unknown key; did you mean inner.size?");
    assertThat(root.knownKeys()).containsExactly("inner.size", "seed");
  }

  @Test
  void unknownKeysMayBeRemarksOnly() {
    section("{\"x\": 1}").finishLeniently();

    assertThat(messages()).isEmpty();
    assertThat(problems.warnings()).singleElement().hasToString("f: x = 1: unknown key");
  }

  @Test
  void aMissingSectionIsReportedWithoutItsKeys() {
    ConfigSection missing = section("{}").requiredSection("inner");
    missing.requiredText("a");
    missing.section("deep").requiredInteger("b", Limit.ANY);
    missing.report("c", "is wrong");

    assertThat(messages()).containsExactly("f: inner: is required: expected an object");
  }

  @ParameterizedTest
  @CsvSource({"null, 0", "false, 0", "[], 0", "true, 1", "1, 1", "'\"x\"', 1", "{}, 1"})
  void refusesAnythingThatSwitchesSomethingOn(String value, int count) {
    section("{\"a\": " + value + "}").refuse("a", "is not supported");

    assertThat(messages()).hasSize(count);
  }

  @Test
  void longValuesAreCutInMessages() {
    section("{\"a\": \"" + "x".repeat(500) + "\"}").flag("a", true);

    assertThat(messages())
        .containsExactly("f: a = " + "x".repeat(200) + "...: expected true or false, got a text");
  }

  @Test
  void argumentsShowTheirDashes() {
    ConfigSection section =
        ConfigSection.root("f", Dialect.ARGUMENTS, json("{\"learning_rate\": true}"), problems);

    section.number("learning_rate", 0, Limit.ANY);

    assertThat(section.fullKey("learning_rate")).isEqualTo("--learning-rate");
    assertThat(messages()).containsExactly("f: --learning-rate: expected a number, got no value");
  }

  private ConfigSection section(String text) {
    return ConfigSection.root("f", Dialect.JSON, json(text), problems);
  }

  private List<String> messages() {
    return problems.problems().stream().map(ConfigProblem::toString).toList();
  }
}
