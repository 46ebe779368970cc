package io.sparkmm.train.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Typed look-up in configuration files written by others: unknown keys are ignored, {@code null}
 * counts as absent, and every wrong or missing value is remembered so that all are reported at
 * once.
 */
public final class JsonFields {
  private final String path;
  private final List<JsonNode> layers;
  private final List<String> problems;

  private JsonFields(String path, List<JsonNode> layers, List<String> problems) {
    this.path = path;
    this.layers = layers;
    this.problems = problems;
  }

  /** Fields of the whole document. */
  public static JsonFields of(JsonNode root) {
    return new JsonFields("", List.of(root), new ArrayList<>());
  }

  /** Fields of a nested object, which may be absent. */
  public JsonFields object(String key) {
    JsonNode node = find(key);
    return new JsonFields(path + key + ".", node.isObject() ? List.of(node) : List.of(), problems);
  }

  /** Fields that are looked up here first and in {@code other} when absent here. */
  public JsonFields orElse(JsonFields other) {
    List<JsonNode> all = new ArrayList<>(layers);
    all.addAll(other.layers);
    return new JsonFields(path, all, problems);
  }

  /** Whether the key has a value. */
  public boolean has(String key) {
    return !find(key).isMissingNode();
  }

  /** A whole number that must be there. */
  public int requiredInt(String key) {
    if (!has(key)) {
      problems.add(path + key + " is missing");
      return 0;
    }
    return integer(key, 0);
  }

  /** A whole number. */
  public int integer(String key, int fallback) {
    JsonNode node = find(key);
    if (node.isMissingNode()) {
      return fallback;
    }
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      problems.add(path + key + " is " + node + ", not a whole number");
      return fallback;
    }
    return node.intValue();
  }

  /** A whole number, if the key has a value. */
  public OptionalInt optionalInt(String key) {
    return has(key) ? OptionalInt.of(integer(key, 0)) : OptionalInt.empty();
  }

  /** A number. */
  public double number(String key, double fallback) {
    JsonNode node = find(key);
    if (node.isMissingNode()) {
      return fallback;
    }
    if (!node.isNumber()) {
      problems.add(path + key + " is " + node + ", not a number");
      return fallback;
    }
    return node.doubleValue();
  }

  /** A truth value. */
  public boolean flag(String key, boolean fallback) {
    JsonNode node = find(key);
    if (node.isMissingNode()) {
      return fallback;
    }
    if (!node.isBoolean()) {
      problems.add(path + key + " is " + node + ", not true or false");
      return fallback;
    }
    return node.booleanValue();
  }

  /** A text. */
  public String text(String key, String fallback) {
    JsonNode node = find(key);
    if (node.isMissingNode()) {
      return fallback;
    }
    if (!node.isTextual()) {
      problems.add(path + key + " is " + node + ", not a text");
      return fallback;
    }
    return node.textValue();
  }

  /** Whole numbers: a list, a single number as a list of one, or nothing as the empty list. */
  public List<Integer> integers(String key) {
    JsonNode node = find(key);
    List<Integer> values = new ArrayList<>();
    if (node.isMissingNode()) {
      return values;
    }
    for (JsonNode element : node.isArray() ? node : List.of(node)) {
      if (!element.isIntegralNumber() || !element.canConvertToInt()) {
        problems.add(path + key + " is " + node + ", not a list of whole numbers");
        return List.of();
      }
      values.add(element.intValue());
    }
    return values;
  }

  /** Remembers a problem that the caller found. */
  public void problem(String key, String message) {
    problems.add(path + key + " " + message);
  }

  /**
   * Reports all problems.
   *
   * @throws ModelException if there are any
   */
  public void finish(String what) {
    if (!problems.isEmpty()) {
      throw new ModelException(
          ModelException.Kind.CONFIG, "Cannot use " + what + ": " + String.join("; ", problems));
    }
  }

  private JsonNode find(String key) {
    for (JsonNode layer : layers) {
      JsonNode node = layer.path(key);
      if (!node.isMissingNode() && !node.isNull()) {
        return node;
      }
    }
    return MissingNode.getInstance();
  }
}
