package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigSection.Dialect;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each getter with values that it takes, that have another type and that are out of range. */
class ConfigSectionGettersTest {
  private static final String ANY =
      """
      {"t": "x", "i": 3, "n": 2.5, "b": true, "l": [1, 2], "o": {"a": 1}, "z": null}
      """;

  private final ConfigProblems problems = new ConfigProblems();
  private final ConfigSection any = section(Dialect.JSON, ANY);

  @ParameterizedTest
  @CsvSource({
    "i, a whole number",
    "n, a number with a fraction",
    "b, a boolean",
    "l, a list",
    "o, an object",
  })
  void textsAreOnlyTexts(String key, String found) {
    assertThat(any.text(key, "fallback")).isEqualTo("fallback");
    assertThat(any.requiredText(key)).isEmpty();
    assertThat(any.optionalText(key)).isEmpty();
    assertThat(any.textOrNone(key, "fallback")).isEmpty();
    assertThat(messages())
        .hasSize(4)
        .allSatisfy(line -> assertThat(line).endsWith(": expected a text, got " + found));
  }

  @ParameterizedTest
  @CsvSource({
    "t, a text",
    "i, a whole number",
    "n, a number with a fraction",
    "l, a list",
    "o, an object",
  })
  void flagsAreOnlyTrueAndFalse(String key, String found) {
    assertThat(any.flag(key, true)).isTrue();
    assertThat(any.optionalFlag(key)).isEmpty();
    assertThat(messages())
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).endsWith("expected true or false, got " + found));
  }

  @ParameterizedTest
  @CsvSource({
    "t, a text",
    "n, a number with a fraction",
    "b, a boolean",
    "l, a list",
    "o, an object",
  })
  void wholeNumbersHaveNoOtherType(String key, String found) {
    assertThat(any.integer(key, 7, Limit.ANY)).isEqualTo(7);
    assertThat(any.requiredInteger(key, Limit.ANY)).isEqualTo(1);
    assertThat(any.optionalInteger(key, Limit.ANY)).isEqualTo(OptionalInt.empty());
    assertThat(messages())
        .hasSize(3)
        .allSatisfy(line -> assertThat(line).endsWith("expected a whole number, got " + found));
  }

  @ParameterizedTest
  @CsvSource({"t, a text", "b, a boolean", "l, a list", "o, an object"})
  void numbersHaveNoOtherType(String key, String found) {
    assertThat(any.number(key, 7.5, Limit.ANY)).isEqualTo(7.5);
    assertThat(any.requiredNumber(key, Limit.ANY)).isEqualTo(1.0);
    assertThat(any.optionalNumber(key, Limit.ANY)).isEqualTo(OptionalDouble.empty());
    assertThat(messages())
        .hasSize(3)
        .allSatisfy(line -> assertThat(line).endsWith("expected a number, got " + found));
  }

  @Test
  void aWholeNumberIsANumberToo() {
    assertThat(any.number("i", 0, Limit.ANY)).isEqualTo(3.0);
    assertThat(any.requiredNumber("n", Limit.ANY)).isEqualTo(2.5);
    assertThat(any.optionalNumber("n", Limit.ANY)).hasValue(2.5);
    assertThat(messages()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"t", "i", "b", "o"})
  void listsAreOnlyLists(String key) {
    assertThat(any.texts(key)).isEmpty();
    assertThat(any.integers(key, List.of(9), Limit.ANY)).containsExactly(9);
    assertThat(any.optionalIntegers(key, Limit.ANY)).isEmpty();
    assertThat(messages()).hasSize(3);
    assertThat(messages().get(0)).contains("expected a list of texts, got ");
    assertThat(messages().get(1)).contains("expected a list of whole numbers, got ");
    assertThat(messages().get(2)).isEqualTo(messages().get(1));
  }

  @ParameterizedTest
  @CsvSource({
    "t, a text",
    "i, a whole number",
    "b, a boolean",
    "l, a list",
  })
  void sectionsAreOnlyObjects(String key, String found) {
    assertThat(any.section(key).isPresent("a")).isFalse();
    assertThat(messages()).hasSize(1);
    assertThat(any.requiredSection(key).integer("a", 5, Limit.ANY)).isEqualTo(5);
    assertThat(messages())
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).endsWith("expected an object, got " + found));
  }

  @Test
  void aNullSectionIsAnEmptyOneUnlessItIsRequired() {
    assertThat(any.section("z").text("a", "x")).isEqualTo("x");
    assertThat(messages()).isEmpty();

    any.requiredSection("z");
    assertThat(messages()).containsExactly("f: z = null: is required: expected an object");
  }

  @Test
  void requiredKeysOfAnEmptyObjectAreAllNamed() {
    ConfigSection section = section(Dialect.JSON, "{\"o\": {}}").requiredSection("o");
    section.requiredText("a");
    section.requiredInteger("b", Limit.ANY);
    section.requiredNumber("c", Limit.ANY);
    section.requiredSection("d");

    assertThat(messages())
        .containsExactly(
            "f: o.a: is required",
            "f: o.b: is required",
            "f: o.c: is required",
            "f: o.d: is required: expected an object");
  }

  @ParameterizedTest
  @CsvSource({
    "2147483647, 2147483647, ''",
    "-2147483648, -2147483648, ''",
    "2147483648, 7, must be a 32-bit number",
    "-2147483649, 7, must be a 32-bit number",
    "99999999999999999999, 7, must be a 32-bit number",
    "1e3, 7, 'expected a whole number, got a number with a fraction'",
  })
  void wholeNumbersHave32Bits(String text, int value, String message) {
    ConfigSection section = section(Dialect.JSON, "{\"a\": " + text + "}");

    assertThat(section.integer("a", 7, Limit.ANY)).isEqualTo(value);
    assertThat(messages()).hasSize(message.isEmpty() ? 0 : 1);
    assertThat(String.join("", messages())).endsWith(message);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1, true",
    "-0.001, 0, 1, false",
    "1, 0, 1, true",
    "1.0001, 0, 1, false",
    "0.5, 0.5, 0.5, true",
  })
  void bothEndsOfARangeBelongToIt(String text, double min, double max, boolean accepted) {
    ConfigSection section = section(Dialect.JSON, "{\"a\": " + text + "}");

    assertThat(section.optionalNumber("a", Limit.between(min, max)).isPresent())
        .isEqualTo(accepted);
    assertThat(messages()).hasSize(accepted ? 0 : 1);
    assertThat(String.join("", messages())).endsWith(accepted ? "" : "must be in [0, 1]");
  }

  @ParameterizedTest
  @CsvSource({"0, false", "4.9e-324, true", "-1, false", "1e400, false"})
  void positiveMeansAboveZeroAndFinite(String text, boolean accepted) {
    ConfigSection section = section(Dialect.YAML, "{\"a\": \"" + text + "\"}");

    assertThat(section.number("a", 5, Limit.POSITIVE) == 5).isEqualTo(!accepted);
    assertThat(messages()).hasSize(accepted ? 0 : 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "0x10", "1_000", "1e", "NaN", "Infinity", "1 2", "--1", "1f"})
  void textsThatAreNoDecimalNumbersAreRefusedInYaml(String text) {
    ConfigSection section = section(Dialect.YAML, "{\"a\": \"" + text + "\"}");

    section.number("a", 0, Limit.ANY);
    section.integer("a", 0, Limit.ANY);

    assertThat(messages()).hasSize(2).allSatisfy(line -> assertThat(line).contains("got a text"));
  }

  @ParameterizedTest
  @CsvSource({"+7, 7", "-7, -7", "007, 7"})
  void signsAndZerosInFrontAreFineInTextNumbers(String text, int value) {
    ConfigSection section = section(Dialect.YAML, "{\"a\": \"" + text + "\"}");

    assertThat(section.integer("a", 0, Limit.ANY)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "1e3", "1."})
  void aTextWithPointOrExponentIsNoWholeNumber(String text) {
    section(Dialect.ARGUMENTS, "{\"a\": \"" + text + "\"}").integer("a", 0, Limit.ANY);

    assertThat(messages())
        .containsExactly("f: --a = " + text + ": expected a whole number, got '" + text + "'");
  }

  @ParameterizedTest
  @EnumSource(LossType.class)
  void choicesAreFoundByTheirText(LossType type) {
    ConfigSection section = section(Dialect.JSON, "{\"a\": \"" + type.text() + "\"}");

    assertThat(section.choice("a", LossType.class, LossType.DEFAULT)).isEqualTo(type);
    assertThat(section.optionalChoice("a", LossType.class)).contains(type);
  }

  @Test
  void aWrongChoiceListsAllAndTheNearest() {
    ConfigSection section = section(Dialect.JSON, "{\"a\": \"per_tokn_loss\", \"b\": 1}");

    assertThat(section.choice("a", LossType.class, LossType.PER_SAMPLE))
        .isEqualTo(LossType.PER_SAMPLE);
    assertThat(section.optionalChoice("b", LossType.class)).isEmpty();
    assertThat(messages())
        .containsExactly(
            "f: a = per_tokn_loss: must be one of default, per_sample_loss, per_token_loss, token_loss, square_loss; did"
                + " you mean per_token_loss?",
            "f: b = 1: expected a text, got a whole number");
  }

  @ParameterizedTest
  @CsvSource({
    "bf16, BF16",
    "fp16, FP16",
    "float16, FP16",
    "half, FP16",
    "fp32, FP32",
    "float32, FP32",
    "fp64, FP64",
    "float64, FP64",
  })
  void dataTypesOfTheReferenceAreKnown(String name, String type) {
    ConfigSection section = section(Dialect.YAML, "{\"a\": \"" + name + "\"}");

    assertThat(section.optionalDType("a")).contains(DType.valueOf(type));
  }

  @ParameterizedTest
  @ValueSource(strings = {"int8", "int16", "int32", "int64", "bfloat16", "BF16", ""})
  void integerAndOtherDataTypesAreRefused(String name) {
    ConfigSection section = section(Dialect.YAML, "{\"a\": \"" + name + "\"}");

    assertThat(section.optionalDType("a")).isEmpty();
    assertThat(messages())
        .singleElement()
        .asString()
        .endsWith(
            "unsupported data type; must be one of bf16, fp16, float16, half, fp32, float32, fp64,"
                + " float64");
  }

  @Test
  void aRootThatIsNoObjectIsOneProblemOnly() {
    ConfigSection root = ConfigSection.root("f", Dialect.JSON, json(ANY).get("l"), problems);
    root.requiredText("a");
    root.finish();

    assertThat(messages()).containsExactly("f: expected an object, got a list");
  }

  @Test
  void oneOptionIsAListOfOneAndABareOptionOfNone() {
    ConfigSection section = section(Dialect.ARGUMENTS, "{\"a\": \"x\", \"b\": true, \"c\": []}");

    assertThat(section.texts("a")).containsExactly("x");
    assertThat(section.texts("b")).isEmpty();
    assertThat(section.texts("c")).isEmpty();
    assertThat(messages()).isEmpty();
  }

  @Test
  void anOptionWithSeveralValuesIsNoSingleValue() {
    ConfigSection section = section(Dialect.ARGUMENTS, "{\"a\": [\"1\", \"2\"], \"b\": \"yes\"}");
    section.integer("a", 0, Limit.ANY);
    section.text("a", "");
    section.flag("b", false);

    assertThat(messages())
        .containsExactly(
            "f: --a = [\"1\",\"2\"]: expected a whole number, got 2 values",
            "f: --a = [\"1\",\"2\"]: expected a text, got 2 values",
            "f: --b = yes: expected no value, got 'yes'");
  }

  @Test
  void anUnknownKeyTooFarFromAnyOtherHasNoHint() {
    ConfigSection section = section(Dialect.JSON, "{\"o\": {\"zzzzzzzz\": 1}}");
    section.section("o").text("hidden", "");
    section.finish();

    assertThat(messages()).containsExactly("f: o.zzzzzzzz = 1: unknown key");
  }

  @Test
  void aKeyThatWasOnlyLookedAtForPresenceStaysUnknown() {
    ConfigSection section = section(Dialect.JSON, "{\"a\": 1}");
    assertThat(section.isPresent("a")).isTrue();
    section.finish();

    assertThat(messages()).containsExactly("f: a = 1: unknown key");
  }

  private ConfigSection section(Dialect dialect, String text) {
    return ConfigSection.root("f", dialect, json(text), problems);
  }

  private List<String> messages() {
    return problems.problems().stream().map(ConfigProblem::toString).toList();
  }
}
