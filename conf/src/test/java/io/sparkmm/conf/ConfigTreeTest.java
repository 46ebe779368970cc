package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.json;
import static io.sparkmm.conf.ConfigTesting.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigTree.Presence;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTreeTest {
  private static final String TEXT =
      """
      {
        "name": "x",
        "count": 3,
        "rate": 0.5,
        "on": true,
        "none": null,
        "inner": {"count": 4, "dtype": "half", "deep": {"list": [1, {"dtype": "odd"}, "a"]}}
      }
      """;

  private final ConfigTree tree = tree(TEXT);

  @ParameterizedTest
  @CsvSource({
    "name, PRESENT",
    "none, NULL",
    "other, ABSENT",
    "inner.deep, PRESENT",
    "inner.other, ABSENT",
    "name.other, ABSENT",
    "inner.deep.list.dtype, ABSENT",
    "inner., ABSENT",
  })
  void tellsAbsentFromNullFromPresent(String path, Presence presence) {
    assertThat(tree.presence(path)).isEqualTo(presence);
    assertThat(tree.has(path)).isEqualTo(presence == Presence.PRESENT);
  }

  @Test
  void getsTypedValues() {
    assertThat(tree.getString("name")).isEqualTo("x");
    assertThat(tree.getInt("inner.count")).isEqualTo(4);
    assertThat(tree.getDouble("rate")).isEqualTo(0.5);
    assertThat(tree.getDouble("count")).isEqualTo(3.0);
    assertThat(tree.getBoolean("on")).isTrue();
    assertThat(tree.getElementType("inner.dtype")).isEqualTo(ElementType.FP16);
    assertThat(tree.getList("inner.deep.list")).containsExactly(1, Map.of("dtype", "odd"), "a");
    assertThat(tree.getTree("inner").getInt("count")).isEqualTo(4);
    assertThat(tree.keys()).containsExactly("name", "count", "rate", "on", "none", "inner");
  }

  @Test
  void fallbacksAreForAbsentKeysOnly() {
    assertThat(tree.getInt("other", 7)).isEqualTo(7);
    assertThat(tree.getInt("count", 7)).isEqualTo(3);
    assertThat(tree.getString("other", "y")).isEqualTo("y");
    assertThat(tree.getDouble("other", 1.5)).isEqualTo(1.5);
    assertThat(tree.getBoolean("other", true)).isTrue();
    assertThat(problemsOf(() -> tree.getString("none", "y")))
        .containsExactly("model.json: none = null: expected a text, but it is null");
  }

  @Test
  void namesKeyAndExpectedType() {
    assertThat(problemsOf(() -> tree.getInt("name")))
        .containsExactly("model.json: name = x: expected a whole number, but it is not");
    assertThat(problemsOf(() -> tree.getInt("rate")))
        .containsExactly("model.json: rate = 0.5: expected a whole number, but it is not");
    assertThat(problemsOf(() -> tree.getBoolean("inner.other")))
        .containsExactly(
            "model.json: inner.other: expected true or false, but there is no such key");
    assertThat(problemsOf(() -> tree.getTree("name")))
        .containsExactly("model.json: name = x: expected an object, but it is not");
    assertThat(problemsOf(() -> tree.getList("inner")))
        .containsExactly("model.json: inner: expected a list, but it is not");
    assertThat(problemsOf(() -> tree.getElementType("name")))
        .containsExactly(
            "model.json: name = x: expected a data type under the key dtype, but it is not");
  }

  @ParameterizedTest
  @CsvSource({
    "int32, INT32",
    "float64, FP64",
    "float32, FP32",
    "fp32, FP32",
    "float16, FP16",
    "fp16, FP16",
    "half, FP16",
    "bf16, BF16",
  })
  void knowsTheNamesOfElementTypes(String name, ElementType type) {
    assertThat(tree("{\"a\": {\"dtype\": \"" + name + "\"}}").getElementType("a.dtype"))
        .isEqualTo(type);
    assertThat(ElementType.NAMES).contains(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"bfloat16\"", "null", "16", "\"FP32\"", "{}"})
  void refusesOtherElementTypes(String value) {
    ConfigProblems problems = new ConfigProblems();
    ConfigTree.of("model.json", json("{\"a\": {\"dtype\": " + value + "}}"), problems);

    assertThat(problems.problems())
        .singleElement()
        .asString()
        .startsWith("model.json: a.dtype")
        .endsWith(
            "unsupported data type; must be one of int32, float64, float32, float16, fp32, fp16,"
                + " half, bf16");
  }

  @Test
  void onlyTheExactKeyDtypeIsAnElementType() {
    assertThat(tree("{\"params_dtype\": \"anything\"}").getString("params_dtype"))
        .isEqualTo("anything");
  }

  @Test
  void mapsHoldTypesNullsAndUntouchedLists() {
    Map<String, Object> map = tree.toMap();

    assertThat(map).containsEntry("none", null).containsEntry("count", 3);
    assertThat(map.get("inner"))
        .isEqualTo(
            Map.of(
                "count",
                4,
                "dtype",
                ElementType.FP16,
                "deep",
                Map.of("list", List.of(1, Map.of("dtype", "odd"), "a"))));
  }

  @Test
  void updatesExistingKeysOnly() {
    ConfigTree.Update update = tree.updateUnused(Map.of("count", 9, "other", "z", "none", 1));

    assertThat(update.tree().getInt("count")).isEqualTo(9);
    assertThat(update.tree().getInt("none")).isEqualTo(1);
    assertThat(update.tree().presence("other")).isEqualTo(Presence.ABSENT);
    assertThat(update.unused()).containsExactly(Map.entry("other", "z"));
    assertThat(tree.getInt("count")).as("the tree itself").isEqualTo(3);
  }

  @Test
  void isNotChangedFromOutside() {
    ObjectNode source = json("{\"a\": 1}");
    ConfigTree copy = ConfigTree.of("model.json", source, new ConfigProblems());
    source.put("a", 2);
    copy.toJson().put("a", 3);

    assertThat(copy.getInt("a")).isEqualTo(1);
    assertThatThrownBy(() -> tree.updateUnused(Map.of()).unused().put("a", 1))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void printsNestedObjectsUnderTheirKey() {
    assertThat(tree("{\"a\": 1, \"b\": {\"c\": null, \"d\": \"x\"}, \"e\": [1, 2]}"))
        .hasToString(
            """
            a: 1
            >>>>> b
            c: null
            d: x
            e: [1,2]
            """);
  }

  private static ConfigTree tree(String text) {
    ConfigProblems problems = new ConfigProblems();
    ConfigTree tree = ConfigTree.of("model.json", json(text), problems);
    problems.throwIfAny();
    return tree;
  }
}
