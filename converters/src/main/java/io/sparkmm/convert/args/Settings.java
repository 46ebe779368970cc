package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The values of all options of a command, by dotted name. All values have been checked against the
 * types of the options, unless the command line was refused: then {@link #sound} tells which ones
 * can be used.
 */
public final class Settings {

  private final Map<String, JsonNode> values;
  private final Set<String> given;
  private final Set<String> changed;
  private final Set<String> unsound;

  /**
   * The values.
   *
   * @param unsound options without a usable value
   */
  Settings(
      Map<String, JsonNode> values,
      Set<String> given,
      Set<String> unsound,
      Map<String, Option> options) {
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    this.given = Set.copyOf(given);
    this.unsound = Set.copyOf(unsound);
    this.changed =
        values.keySet().stream()
            .filter(name -> options.containsKey(name))
            .filter(name -> !options.get(name).defaultValue().equals(values.get(name)))
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether the option, or all options of the group, have a usable value. */
  public boolean sound(String name) {
    return unsound.stream().noneMatch(o -> o.equals(name) || o.startsWith(name + "."));
  }

  /** Whether the option was given, be it with the value that is its default. */
  public boolean given(String name) {
    return given.contains(name);
  }

  /** The values that are not the defaults of their options, in the order of the options. */
  public Map<String, JsonNode> changes() {
    Map<String, JsonNode> result = new LinkedHashMap<>(values);
    result.keySet().retainAll(changed);
    return result;
  }

  /** Whether there is such an option and its value is not its default. */
  public boolean changed(String name) {
    return changed.contains(name);
  }

  /** Whether there is such an option and its value is not null. */
  public boolean has(String name) {
    return values.containsKey(name) && !values.get(name).isNull();
  }

  /** A whole number. */
  public int integer(String name) {
    return value(name).intValue();
  }

  /** A whole number or, for null, another one. */
  public int integer(String name, int whenNull) {
    return value(name).isNull() ? whenNull : integer(name);
  }

  /** A number. */
  public double number(String name) {
    return value(name).doubleValue();
  }

  /** True when the value is true; null counts as false. */
  public boolean flag(String name) {
    return value(name).booleanValue();
  }

  /** A text that is not null. */
  public String text(String name) {
    return value(name).textValue();
  }

  /** A text unless the value is null. */
  public Optional<String> textIfAny(String name) {
    return Optional.ofNullable(value(name).textValue());
  }

  /** A path that is not null. */
  public Path path(String name) {
    return Path.of(text(name));
  }

  /** A path unless the value is null. */
  public Optional<Path> pathIfAny(String name) {
    return textIfAny(name).map(Path::of);
  }

  /** Texts; none for null. */
  public List<String> texts(String name) {
    List<String> result = new ArrayList<>();
    value(name).forEach(element -> result.add(element.textValue()));
    return List.copyOf(result);
  }

  /** Pairs of texts; none for null. */
  public Map<String, String> textMap(String name) {
    Map<String, String> result = new TreeMap<>();
    value(name).properties().forEach(e -> result.put(e.getKey(), e.getValue().textValue()));
    return Collections.unmodifiableMap(result);
  }

  /** Lists of whole numbers; a flat list counts as one inner list; none for null. */
  public List<List<Integer>> integerLists(String name) {
    JsonNode node = value(name);
    boolean nested = !node.isEmpty() && node.get(0).isArray();
    List<List<Integer>> result = new ArrayList<>();
    if (nested) {
      node.forEach(inner -> result.add(integers(inner)));
    } else if (node.isArray()) {
      result.add(integers(node));
    }
    return List.copyOf(result);
  }

  private static List<Integer> integers(JsonNode list) {
    List<Integer> result = new ArrayList<>();
    list.forEach(element -> result.add(element.intValue()));
    return List.copyOf(result);
  }

  /** All values as a tree. */
  public ObjectNode tree() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    values.forEach(
        (name, value) -> {
          ObjectNode at = root;
          String rest = name;
          for (int dot = rest.indexOf('.'); dot >= 0; dot = rest.indexOf('.')) {
            String key = rest.substring(0, dot);
            at = at.has(key) ? (ObjectNode) at.get(key) : at.putObject(key);
            rest = rest.substring(dot + 1);
          }
          at.set(rest, value);
        });
    return root;
  }

  JsonNode value(String name) {
    JsonNode value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("Cannot find an option named " + name);
    }
    return value;
  }
}
