package io.sparkmm.convert.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparkmm.convert.ConvertException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads keys of a configuration from the first of several sections that has them, and collects all
 * problems. A key whose value is {@code null} counts as absent.
 */
final class ConfigReader {

  /** Sizes beyond this are taken for damage; it keeps all products of two sizes in a long. */
  private static final long MAX_SIZE = Integer.MAX_VALUE;

  private final JsonNode root;
  private final List<String> sections;
  private final Set<String> problems;

  private ConfigReader(JsonNode root, List<String> sections, Set<String> problems) {
    this.root = root;
    this.sections = List.copyOf(sections);
    this.problems = problems;
  }

  /** A reader of a whole configuration, which finds keys at the top level. */
  static ConfigReader of(JsonNode root) {
    return new ConfigReader(root, List.of(""), new LinkedHashSet<>());
  }

  /** A reader of sections, in the order to look; {@code ""} is the top level. */
  ConfigReader in(String... names) {
    return new ConfigReader(root, List.of(names), problems);
  }

  /** The value of a key; empty when no section has it. */
  Optional<JsonNode> find(String key) {
    for (String section : sections) {
      JsonNode value = section(section).path(key);
      if (!value.isMissingNode() && !value.isNull()) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  private JsonNode section(String name) {
    return name.isEmpty() ? root : root.path(name);
  }

  /** A size of at least 1; empty when it is not given or not good, which is then a problem. */
  OptionalLong size(String key) {
    Optional<JsonNode> value = find(key);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    JsonNode node = value.get();
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.longValue() < 1
        || node.longValue() > MAX_SIZE) {
      problem(key, "expected a whole number from 1 to " + MAX_SIZE + ", got " + node);
      return OptionalLong.empty();
    }
    return OptionalLong.of(node.longValue());
  }

  /** A size with the value that {@code transformers} gives it when it is not there. */
  int size(String key, int otherwise) {
    return (int) size(key).orElse(otherwise);
  }

  /** As {@link #size(String, int)}, with an upper limit. */
  int count(String key, int otherwise, int limit) {
    int value = size(key, otherwise);
    if (value > limit) {
      problem(key, "expected at most " + limit + ", got " + value);
      return limit;
    }
    return value;
  }

  /** Whether a key is there with the value {@code null} in the first section that has it. */
  boolean isNull(String key) {
    return find(key).isEmpty()
        && sections.stream().anyMatch(section -> section(section).path(key).isNull());
  }

  /** True or false, false when it is not there. */
  boolean flag(String key) {
    Optional<JsonNode> value = find(key);
    if (value.isPresent() && !value.get().isBoolean()) {
      problem(key, "expected true or false, got " + value.get());
    }
    return value.isPresent() && value.get().asBoolean();
  }

  /** Whole numbers from 0 to {@code limit - 1}, each once. */
  List<Integer> indexes(String key, List<Integer> otherwise, int limit) {
    Optional<JsonNode> value = find(key);
    List<Integer> result = new ArrayList<>(value.isPresent() ? List.of() : otherwise);
    boolean good = value.isEmpty() || value.get().isArray();
    for (JsonNode item : value.isPresent() ? value.get() : MissingNode.getInstance()) {
      good &= item.isInt();
      result.add(item.intValue());
    }
    good &= result.stream().allMatch(index -> index >= 0 && index < limit);
    if (!good || result.stream().distinct().count() < result.size()) {
      String found = value.map(JsonNode::toString).orElse("none and thus " + otherwise);
      problem(key, "expected different numbers from 0 to " + (limit - 1) + ", got " + found);
      return List.of();
    }
    return List.copyOf(result);
  }

  /** Adds a problem of a key. */
  void problem(String key, String text) {
    String section = sections.get(0);
    problems.add("config.json: " + (section.isEmpty() ? "" : section + ".") + key + ": " + text);
  }

  /**
   * @throws ConvertException of kind USAGE when there was any problem
   */
  void finish() {
    if (!problems.isEmpty()) {
      throw ConvertException.usage(List.copyOf(problems));
    }
  }
}
