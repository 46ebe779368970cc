package io.sparkmm.conf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigTree.Presence;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws of the tree over random objects of three levels. */
class ConfigTreePropertyTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Provide
  Arbitrary<Map<String, Object>> objects() {
    return objects(2);
  }

  private static Arbitrary<Map<String, Object>> objects(int depth) {
    Arbitrary<Object> leaves =
        Arbitraries.<Object>of(1, -3, 2.5, true, false, "x", "bfloat16", List.of(1, 2))
            .injectNull(0.15);
    Arbitrary<Object> lists =
        leaves
            .list()
            .ofMaxSize(3)
            .map(list -> (Object) List.of(Map.of("dtype", "odd"), list.size()));
    Arbitrary<Object> values =
        depth == 0
            ? Arbitraries.oneOf(leaves, lists)
            : Arbitraries.oneOf(leaves, lists, objects(depth - 1).map(map -> (Object) map));
    Arbitrary<Map<String, Object>> plain =
        Arbitraries.maps(Arbitraries.of("a", "b", "c", "d", "params_dtype"), values).ofMaxSize(4);
    Arbitrary<String> types = Arbitraries.of(ElementType.NAMES).injectNull(0.5);
    return Combinators.combine(plain, types)
        .as(
            (map, type) -> {
              Map<String, Object> all = new LinkedHashMap<>(map);
              if (type != null) {
                all.put("dtype", type);
              }
              return all;
            });
  }

  @Property(seed = "1", tries = 300)
  void aMapIsTheObjectWithTypesForTheirNames(@ForAll("objects") Map<String, Object> object) {
    assertThat(tree(object).toMap()).isEqualTo(typed(object));
  }

  @Property(seed = "1", tries = 300)
  void theTextOfTheFileIsKept(@ForAll("objects") Map<String, Object> object) {
    ObjectNode json = MAPPER.valueToTree(object);

    assertThat(tree(object).toJson()).isEqualTo(json).isNotSameAs(json);
    assertThat(tree(object).keys()).containsExactlyElementsOf(object.keySet());
  }

  @Property(seed = "1", tries = 300)
  void everyKeyIsPresentOrNullAndAllOthersAbsent(@ForAll("objects") Map<String, Object> object) {
    ConfigTree tree = tree(object);
    for (String key : List.of("a", "b", "c", "d", "dtype", "e")) {
      Presence expected =
          !object.containsKey(key)
              ? Presence.ABSENT
              : object.get(key) == null ? Presence.NULL : Presence.PRESENT;
      assertThat(tree.presence(key)).as(key).isEqualTo(expected);
      if (!(object.get(key) instanceof Map)) {
        assertThat(tree.presence(key + ".a")).isEqualTo(Presence.ABSENT);
      }
    }
  }

  @Property(seed = "1", tries = 300)
  void aDottedPathIsThePathThroughTheSubtrees(@ForAll("objects") Map<String, Object> object) {
    ConfigTree tree = tree(object);
    for (Map.Entry<String, Object> entry : object.entrySet()) {
      if (entry.getValue() instanceof Map<?, ?> inner) {
        ConfigTree below = tree.getTree(entry.getKey());
        for (Object key : inner.keySet()) {
          assertThat(tree.presence(entry.getKey() + "." + key))
              .isEqualTo(below.presence(key.toString()));
        }
        assertThat(below.toMap()).isEqualTo(tree.toMap().get(entry.getKey()));
      }
    }
  }

  @Property(seed = "1", tries = 300)
  void updatingSplitsTheGivenKeysAndLeavesTheTreeAlone(
      @ForAll("objects") Map<String, Object> object,
      @ForAll("objects") Map<String, Object> values) {
    ConfigTree tree = tree(object);
    Map<String, Object> given = new TreeMap<>(values);

    ConfigTree.Update update = tree.updateUnused(values);

    assertThat(values).as("the argument").isEqualTo(given);
    assertThat(tree.toMap()).as("the tree").isEqualTo(typed(object));
    assertThat(update.tree().keys()).isEqualTo(tree.keys());
    for (String key : values.keySet()) {
      assertThat(update.unused().containsKey(key)).isNotEqualTo(tree.keys().contains(key));
    }
    for (String key : tree.keys()) {
      Object expected = values.containsKey(key) ? values.get(key) : object.get(key);
      assertThat(update.tree().toJson().get(key)).isEqualTo(MAPPER.valueToTree(expected));
    }
  }

  @Property(seed = "1", tries = 300)
  void theTextHasALineForEveryKey(@ForAll("objects") Map<String, Object> object) {
    String text = tree(object).toString();

    assertThat(text.lines()).hasSize(count(object));
    assertThat(text.lines()).allMatch(line -> line.startsWith(">>>>> ") || line.contains(": "));
  }

  private static int count(Map<?, ?> object) {
    int count = object.size();
    for (Object value : object.values()) {
      count += value instanceof Map<?, ?> inner ? count(inner) : 0;
    }
    return count;
  }

  private static Map<String, Object> typed(Map<?, ?> object) {
    Map<String, Object> typed = new LinkedHashMap<>();
    object.forEach(
        (key, value) -> {
          Object converted = value instanceof Map<?, ?> inner ? typed(inner) : value;
          boolean type = key.equals("dtype");
          typed.put(
              key.toString(),
              type ? ElementType.ofName(value.toString()).orElseThrow() : converted);
        });
    return typed;
  }

  private static ConfigTree tree(Map<String, Object> object) {
    ConfigProblems problems = new ConfigProblems();
    ConfigTree tree = ConfigTree.of("f", MAPPER.valueToTree(object), problems);
    problems.throwIfAny();
    return tree;
  }
}
