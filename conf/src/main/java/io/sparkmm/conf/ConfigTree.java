package io.sparkmm.conf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A configuration as it was written, for keys that no record knows: an immutable tree with typed
 * access by dotted path. Objects inside lists belong to their list and cannot be reached by path.
 *
 * <p>An absent key, an explicit null and a value are three different things. A key named exactly
 * {@code dtype} holds the name of an {@link ElementType} at any depth outside lists.
 */
public final class ConfigTree {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** What a path leads to. */
  public enum Presence {
    /** No such key. */
    ABSENT,
    /** The key with the value null. */
    NULL,
    /** The key with a value. */
    PRESENT
  }

  /**
   * Result of {@link #updateUnused}.
   *
   * @param tree the tree with the new values
   * @param unused entries whose key the tree does not have
   */
  public record Update(ConfigTree tree, Map<String, Object> unused) {
    /** Copies the map. */
    public Update {
      unused = Collections.unmodifiableMap(new LinkedHashMap<>(unused));
    }
  }

  private final String file;
  private final ObjectNode root;

  private ConfigTree(String file, ObjectNode root) {
    this.file = file;
    this.root = root;
  }

  /**
   * A tree over a copy of an object.
   *
   * @param file the file that messages name
   * @param problems told about every {@code dtype} that is not one
   */
  public static ConfigTree of(String file, ObjectNode object, ConfigProblems problems) {
    checkTypes(file, "", object, problems);
    return new ConfigTree(file, object.deepCopy());
  }

  private static void checkTypes(
      String file, String path, JsonNode object, ConfigProblems problems) {
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String key = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
      JsonNode value = entry.getValue();
      boolean isType = value.isTextual() && ElementType.ofName(value.textValue()).isPresent();
      if (entry.getKey().equals("dtype") && !isType) {
        problems.add(
            file,
            key,
            value.asText(),
            "unsupported data type; must be one of " + String.join(", ", ElementType.NAMES));
      } else if (value.isObject()) {
        checkTypes(file, key, value, problems);
      }
    }
  }

  /** Whether a path leads to a value, to null or to nothing. */
  public Presence presence(String path) {
    JsonNode node = find(path);
    if (node.isMissingNode()) {
      return Presence.ABSENT;
    }
    return node.isNull() ? Presence.NULL : Presence.PRESENT;
  }

  /** Whether a path leads to a value. */
  public boolean has(String path) {
    return presence(path) == Presence.PRESENT;
  }

  /** The keys of the outermost object in their order. */
  public Set<String> keys() {
    Set<String> keys = new LinkedHashSet<>();
    root.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /**
   * A whole number.
   *
   * @throws ConfigException if there is none at this path
   */
  public int getInt(String path) {
    JsonNode node = find(path);
    return require(path, "a whole number", node, node.isInt()).intValue();
  }

  /** A whole number, or the fallback if the key is absent (null is not absent). */
  public int getInt(String path, int fallback) {
    return presence(path) == Presence.ABSENT ? fallback : getInt(path);
  }

  /**
   * A number.
   *
   * @throws ConfigException if there is none at this path
   */
  public double getDouble(String path) {
    JsonNode node = find(path);
    return require(path, "a number", node, node.isNumber()).doubleValue();
  }

  /** A number, or the fallback if the key is absent (null is not absent). */
  public double getDouble(String path, double fallback) {
    return presence(path) == Presence.ABSENT ? fallback : getDouble(path);
  }

  /**
   * A boolean.
   *
   * @throws ConfigException if there is none at this path
   */
  public boolean getBoolean(String path) {
    JsonNode node = find(path);
    return require(path, "true or false", node, node.isBoolean()).booleanValue();
  }

  /** A boolean, or the fallback if the key is absent (null is not absent). */
  public boolean getBoolean(String path, boolean fallback) {
    return presence(path) == Presence.ABSENT ? fallback : getBoolean(path);
  }

  /**
   * A text.
   *
   * @throws ConfigException if there is none at this path
   */
  public String getString(String path) {
    JsonNode node = find(path);
    return require(path, "a text", node, node.isTextual()).textValue();
  }

  /** A text, or the fallback if the key is absent (null is not absent). */
  public String getString(String path, String fallback) {
    return presence(path) == Presence.ABSENT ? fallback : getString(path);
  }

  /**
   * The type that a {@code dtype} key names.
   *
   * @throws ConfigException if the path does not end in such a key
   */
  public ElementType getElementType(String path) {
    JsonNode node = find(path);
    boolean named = path.equals("dtype") || path.endsWith(".dtype");
    require(path, "a data type under the key dtype", node, named && node.isTextual());
    return ElementType.ofName(node.textValue()).orElseThrow(() -> failure(path, node, "a type"));
  }

  /**
   * A list of plain values: maps, lists, texts, numbers, booleans and nulls.
   *
   * @throws ConfigException if there is none at this path
   */
  public List<Object> getList(String path) {
    JsonNode node = find(path);
    require(path, "a list", node, node.isArray());
    List<Object> values = new ArrayList<>();
    node.forEach(element -> values.add(MAPPER.convertValue(element, Object.class)));
    return Collections.unmodifiableList(values);
  }

  /**
   * A nested object.
   *
   * @throws ConfigException if there is none at this path
   */
  public ConfigTree getTree(String path) {
    JsonNode node = find(path);
    require(path, "an object", node, node.isObject());
    return new ConfigTree(file, (ObjectNode) node);
  }

  /**
   * All values as nested maps; the value of a {@code dtype} key is an {@link ElementType}, an
   * explicit null stays null.
   */
  public Map<String, Object> toMap() {
    return toMap(root);
  }

  private static Map<String, Object> toMap(JsonNode object) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      JsonNode value = entry.getValue();
      if (value.isObject()) {
        map.put(entry.getKey(), toMap(value));
      } else if (entry.getKey().equals("dtype") && value.isTextual()) {
        map.put(entry.getKey(), ElementType.ofName(value.textValue()).orElseThrow());
      } else {
        map.put(entry.getKey(), MAPPER.convertValue(value, Object.class));
      }
    }
    return map;
  }

  /** A copy of the tree as JSON. */
  public ObjectNode toJson() {
    return root.deepCopy();
  }

  /**
   * A tree in which the entries whose key stands in the outermost object have the new values; no
   * key is added.
   */
  public Update updateUnused(Map<String, ?> values) {
    ObjectNode updated = root.deepCopy();
    Map<String, Object> unused = new LinkedHashMap<>();
    new TreeMap<String, Object>(values)
        .forEach(
            (key, value) -> {
              if (updated.has(key)) {
                updated.set(key, MAPPER.valueToTree(value));
              } else {
                unused.put(key, value);
              }
            });
    return new Update(new ConfigTree(file, updated), unused);
  }

  private JsonNode find(String path) {
    JsonNode node = root;
    for (String key : path.split("\\.", -1)) {
      node = node.isObject() ? node.path(key) : MissingNode.getInstance();
    }
    return node;
  }

  private JsonNode require(String path, String expected, JsonNode node, boolean fits) {
    if (!fits) {
      throw failure(path, node, expected);
    }
    return node;
  }

  private ConfigException failure(String path, JsonNode node, String expected) {
    String found =
        switch (presence(path)) {
          case ABSENT -> "there is no such key";
          case NULL -> "it is null";
          case PRESENT -> "it is not";
        };
    return new ConfigException(
        List.of(
            new ConfigProblem(
                file,
                path,
                node.isValueNode() ? node.asText() : "",
                "expected " + expected + ", but " + found)));
  }

  /** One line per value; a line of the form {@code >>>>> key} opens each nested object. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    append(root, text);
    return text.toString();
  }

  private static void append(JsonNode object, StringBuilder text) {
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      JsonNode value = entry.getValue();
      if (value.isObject()) {
        text.append(">>>>> ").append(entry.getKey()).append('\n');
        append(value, text);
      } else {
        String shown = value.isTextual() ? value.textValue() : value.toString();
        text.append(entry.getKey()).append(": ").append(shown).append('\n');
      }
    }
  }
}
