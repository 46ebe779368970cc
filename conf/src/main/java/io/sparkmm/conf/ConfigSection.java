package io.sparkmm.conf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * One object of a configuration file while it is read. Every getter checks type and range, reports
 * what is wrong to the collector and goes on with a harmless value, so that one pass finds all
 * problems; the result is only used when there were none. A key that no getter asked for is
 * unknown: {@link #finish} reports it with the nearest key that was asked for.
 *
 * <p>An absent key and an explicit null are different: null is a wrong type unless the getter is
 * one of those that return an {@link Optional}.
 */
public final class ConfigSection {
  /** How numbers and flags are written in the source. */
  public enum Dialect {
    /** Numbers are numbers and texts are texts. */
    JSON,
    /** A text that reads as a number counts as one. */
    YAML,
    /**
     * Everything is text; {@code true} stands for an option that has no value. Keys have
     * underscores here and dashes in messages.
     */
    ARGUMENTS
  }

  private record Source(String file, Dialect dialect, ConfigProblems problems) {}

  private final Source source;
  private final String path;
  private final JsonNode node;
  private final boolean missing;
  private final Map<String, Optional<ConfigSection>> asked = new LinkedHashMap<>();

  private ConfigSection(Source source, String path, JsonNode node, boolean missing) {
    this.source = source;
    this.path = path;
    this.node = node;
    this.missing = missing;
  }

  /** The outermost object of a file. */
  public static ConfigSection root(
      String file, Dialect dialect, JsonNode node, ConfigProblems problems) {
    ConfigSection section = new ConfigSection(new Source(file, dialect, problems), "", node, false);
    if (!node.isObject()) {
      problems.add(file, "", "", "expected an object, got " + section.typeOf(node));
      return new ConfigSection(section.source, "", JsonNodeFactory.instance.objectNode(), true);
    }
    return section;
  }

  /** The collector of the whole reading. */
  public ConfigProblems problems() {
    return source.problems();
  }

  /** The file that messages name. */
  public String file() {
    return source.file();
  }

  /** Whether the key is there, even with the value null. */
  public boolean isPresent(String key) {
    return node.has(key);
  }

  /** Whether the key is there with a value. */
  public boolean hasValue(String key) {
    return node.hasNonNull(key);
  }

  /** The full dotted key, or the option with its dashes. */
  public String fullKey(String key) {
    if (source.dialect() == Dialect.ARGUMENTS) {
      return "--" + key.replace('_', '-');
    }
    return path.isEmpty() ? key : path + "." + key;
  }

  /** Reports a problem with a key, quoting its value. */
  public void report(String key, String message) {
    if (missing) {
      return;
    }
    source.problems().add(source.file(), fullKey(key), shown(node.path(key)), message);
  }

  /** Reports a remark on a key, quoting its value. */
  public void warn(String key, String message) {
    source.problems().warn(source.file(), fullKey(key), shown(node.path(key)), message);
  }

  /** The value as it stands; a missing node if absent. The key counts as known. */
  public JsonNode raw(String key) {
    asked.putIfAbsent(key, Optional.empty());
    return node.path(key);
  }

  /** A text, or the fallback if absent. */
  public String text(String key, String fallback) {
    return read(key, fallback, this::toText);
  }

  /** A text that must be there. */
  public String requiredText(String key) {
    return required(key, "", this::toText);
  }

  /** A text; empty if absent or null. */
  public Optional<String> optionalText(String key) {
    return optional(key, this::toText);
  }

  /** A text where null means "none" and absence means the fallback. */
  public Optional<String> textOrNone(String key, String fallback) {
    return isPresent(key) ? optionalText(key) : Optional.of(text(key, fallback));
  }

  /** A boolean, or the fallback if absent. */
  public boolean flag(String key, boolean fallback) {
    return read(key, fallback, this::toFlag);
  }

  /** A boolean; empty if absent or null. */
  public Optional<Boolean> optionalFlag(String key) {
    return optional(key, this::toFlag);
  }

  /** A whole number in range, or the fallback if absent. */
  public int integer(String key, int fallback, Limit limit) {
    return read(key, fallback, k -> toInteger(k, limit));
  }

  /** A whole number in range that must be there. */
  public int requiredInteger(String key, Limit limit) {
    return required(key, 1, k -> toInteger(k, limit));
  }

  /** A whole number in range; empty if absent or null. */
  public OptionalInt optionalInteger(String key, Limit limit) {
    return optional(key, k -> toInteger(k, limit))
        .map(OptionalInt::of)
        .orElseGet(OptionalInt::empty);
  }

  /** A number in range, or the fallback if absent. */
  public double number(String key, double fallback, Limit limit) {
    return read(key, fallback, k -> toNumber(k, limit));
  }

  /** A number in range that must be there. */
  public double requiredNumber(String key, Limit limit) {
    return required(key, 1.0, k -> toNumber(k, limit));
  }

  /** A number in range; empty if absent or null. */
  public OptionalDouble optionalNumber(String key, Limit limit) {
    return optional(key, k -> toNumber(k, limit))
        .map(OptionalDouble::of)
        .orElseGet(OptionalDouble::empty);
  }

  /** One of the words of an enum, or the fallback if absent. */
  public <E extends Enum<E> & NamedValue> E choice(String key, Class<E> type, E fallback) {
    return read(key, fallback, k -> toChoice(k, type));
  }

  /** One of the words of an enum; empty if absent or null. */
  public <E extends Enum<E> & NamedValue> Optional<E> optionalChoice(String key, Class<E> type) {
    return optional(key, k -> toChoice(k, type));
  }

  /** A floating-point type by any of its names; empty if absent or null. */
  public Optional<DType> optionalDType(String key) {
    return optional(key, this::toDType);
  }

  /** A list of texts; empty if absent or null. */
  public List<String> texts(String key) {
    return optional(key, this::toTexts).orElseGet(List::of);
  }

  /** A list of whole numbers in range, or the fallback if absent. */
  public List<Integer> integers(String key, List<Integer> fallback, Limit limit) {
    return read(key, fallback, k -> toIntegers(k, limit));
  }

  /** A list of whole numbers in range; empty if absent or null. */
  public Optional<List<Integer>> optionalIntegers(String key, Limit limit) {
    return optional(key, k -> toIntegers(k, limit));
  }

  /** A nested object; an object without keys if absent or null. */
  public ConfigSection section(String key) {
    return section(key, false);
  }

  private ConfigSection section(String key, boolean required) {
    JsonNode child = node.path(key);
    boolean none = child.isMissingNode() || child.isNull();
    if (none && required) {
      report(key, "is required: expected an object");
    } else if (!none && !child.isObject()) {
      report(key, "expected an object, got " + typeOf(child));
    }
    boolean silent = missing || (required && !child.isObject());
    JsonNode object = child.isObject() ? child : JsonNodeFactory.instance.objectNode();
    ConfigSection section = new ConfigSection(source, fullKey(key), object, silent);
    asked.put(key, Optional.of(section));
    return section;
  }

  /** A nested object that must be there; if it is not, nothing is reported of what it lacks. */
  public ConfigSection requiredSection(String key) {
    return section(key, true);
  }

  /** Refuses a key whatever its value, unless it is absent, null, false or an empty list. */
  public void refuse(String key, String reason) {
    JsonNode value = raw(key);
    boolean harmless =
        value.isMissingNode()
            || value.isNull()
            || (value.isBoolean() && !value.booleanValue())
            || (value.isArray() && value.isEmpty());
    if (!harmless) {
      report(key, reason);
    }
  }

  /** Reports unknown keys of this object and of all objects below as problems. */
  public void finish() {
    finish(true);
  }

  /** Reports unknown keys of this object and of all objects below as warnings. */
  public void finishLeniently() {
    finish(false);
  }

  /** The full keys that were asked for in this object and below. */
  public SortedSet<String> knownKeys() {
    SortedSet<String> keys = new TreeSet<>();
    collectKnownKeys(keys);
    return keys;
  }

  private void collectKnownKeys(SortedSet<String> keys) {
    asked.forEach(
        (key, child) ->
            child.ifPresentOrElse(
                section -> section.collectKnownKeys(keys), () -> keys.add(fullKey(key))));
  }

  private void finish(boolean strict) {
    List<String> unknown = new ArrayList<>();
    node.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(asked.keySet());
    for (String key : unknown) {
      String message = "unknown key" + nearest(key);
      if (strict && !missing) {
        source
            .problems()
            .addUnknownKey(source.file(), fullKey(key), shown(node.path(key)), message);
      } else if (!strict) {
        warn(key, message);
      }
    }
    asked.values().forEach(child -> child.ifPresent(section -> section.finish(strict)));
  }

  private String nearest(String key) {
    return NearestKey.find(key, asked.keySet())
        .map(near -> "; did you mean " + fullKey(near) + "?")
        .orElse("");
  }

  private <T> T read(String key, T fallback, Function<String, Optional<T>> convert) {
    JsonNode value = raw(key);
    return value.isMissingNode() ? fallback : convert.apply(key).orElse(fallback);
  }

  private <T> T required(String key, T harmless, Function<String, Optional<T>> convert) {
    if (raw(key).isMissingNode()) {
      report(key, "is required");
      return harmless;
    }
    return convert.apply(key).orElse(harmless);
  }

  private <T> Optional<T> optional(String key, Function<String, Optional<T>> convert) {
    JsonNode value = raw(key);
    return value.isMissingNode() || value.isNull() ? Optional.empty() : convert.apply(key);
  }

  private <T> Optional<T> wrong(String key, String expected) {
    report(key, "expected " + expected + ", got " + typeOf(node.path(key)));
    return Optional.empty();
  }

  private Optional<String> toText(String key) {
    JsonNode value = node.path(key);
    return value.isTextual() ? Optional.of(value.textValue()) : wrong(key, "a text");
  }

  private Optional<Boolean> toFlag(String key) {
    JsonNode value = node.path(key);
    if (value.isBoolean()) {
      return Optional.of(value.booleanValue());
    }
    return wrong(key, source.dialect() == Dialect.ARGUMENTS ? "no value" : "true or false");
  }

  private Optional<Integer> toInteger(String key, Limit limit) {
    return toInteger(key, node.path(key), limit);
  }

  private Optional<Integer> toInteger(String key, JsonNode value, Limit limit) {
    Optional<Double> number = numberOf(value);
    if (number.isEmpty() || value.isFloatingPointNumber() || !isWhole(value, number.get())) {
      return wrong(key, "a whole number");
    }
    double exact = number.get();
    boolean representable = exact >= Integer.MIN_VALUE && exact <= Integer.MAX_VALUE;
    if (!limit.admits(exact) || !representable) {
      report(key, "must be " + (representable ? limit.description() : "a 32-bit number"));
      return Optional.empty();
    }
    return Optional.of((int) exact);
  }

  private static boolean isWhole(JsonNode value, double number) {
    boolean digitsOnly = !value.isTextual() || value.textValue().strip().matches("[-+]?[0-9]+");
    return digitsOnly && number == Math.rint(number);
  }

  private Optional<Double> toNumber(String key, Limit limit) {
    Optional<Double> number = numberOf(node.path(key));
    if (number.isEmpty()) {
      return wrong(key, "a number");
    }
    if (!limit.admits(number.get())) {
      report(key, "must be " + limit.description());
      return Optional.empty();
    }
    return number;
  }

  private Optional<Double> numberOf(JsonNode value) {
    if (value.isNumber()) {
      return Optional.of(value.doubleValue());
    }
    if (!value.isTextual() || source.dialect() == Dialect.JSON) {
      return Optional.empty();
    }
    String text = value.textValue().strip();
    boolean decimal = text.matches("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?");
    return decimal ? Optional.of(Double.valueOf(text)) : Optional.empty();
  }

  private <E extends Enum<E> & NamedValue> Optional<E> toChoice(String key, Class<E> type) {
    Optional<String> text = toText(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<E> constant = NamedValue.find(type, text.get());
    if (constant.isEmpty()) {
      reportUnknownValue(key, text.get(), NamedValue.texts(type));
    }
    return constant;
  }

  /** Reports a word that is none of those accepted. */
  public void reportUnknownValue(String key, String text, List<String> accepted) {
    report(key, "must be one of " + String.join(", ", accepted) + NearestKey.hint(text, accepted));
  }

  private Optional<DType> toDType(String key) {
    Optional<String> text = toText(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<DType> type = DType.ofName(text.get());
    if (type.isEmpty()) {
      report(
          key,
          "unsupported data type; must be one of bf16, fp16, float16, half, fp32, float32, fp64,"
              + " float64");
    }
    return type;
  }

  private Optional<List<String>> toTexts(String key) {
    JsonNode value = node.path(key);
    if (source.dialect() == Dialect.ARGUMENTS && !value.isArray()) {
      return Optional.of(value.isTextual() ? List.of(value.textValue()) : List.of());
    }
    if (!value.isArray()) {
      return wrong(key, "a list of texts");
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      if (value.get(i).isTextual()) {
        texts.add(value.get(i).textValue());
      } else {
        reportElement(key, i, value.get(i), "expected a text, got " + typeOf(value.get(i)));
      }
    }
    return Optional.of(List.copyOf(texts));
  }

  private Optional<List<Integer>> toIntegers(String key, Limit limit) {
    JsonNode value = node.path(key);
    if (!value.isArray()) {
      return wrong(key, "a list of whole numbers");
    }
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      JsonNode element = value.get(i);
      if (!element.isIntegralNumber()) {
        reportElement(key, i, element, "expected a whole number, got " + typeOf(element));
      } else if (!limit.admits(element.doubleValue()) || !element.canConvertToInt()) {
        reportElement(key, i, element, "must be " + limit.description());
      } else {
        numbers.add(element.intValue());
      }
    }
    return Optional.of(List.copyOf(numbers));
  }

  /** Reports a problem with an element of a list. */
  public void reportElement(String key, int index, JsonNode element, String message) {
    String elementKey = fullKey(key) + "[" + index + "]";
    source.problems().add(source.file(), elementKey, shown(element), message);
  }

  private String shown(JsonNode value) {
    boolean bareOption = source.dialect() == Dialect.ARGUMENTS && value.isBoolean();
    if (value.isMissingNode() || bareOption) {
      return "";
    }
    String text = value.isTextual() ? value.textValue() : value.toString();
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  private String typeOf(JsonNode value) {
    if (source.dialect() == Dialect.ARGUMENTS) {
      return argumentType(value);
    }
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case BOOLEAN -> "a boolean";
      case NUMBER -> value.isIntegralNumber() ? "a whole number" : "a number with a fraction";
      case STRING -> "a text";
      case OBJECT, POJO -> "an object";
      case NULL -> "null";
      case BINARY, MISSING -> "nothing";
    };
  }

  private static String argumentType(JsonNode value) {
    if (value.isArray()) {
      return value.size() + " values";
    }
    return value.isBoolean() ? "no value" : "'" + value.asText() + "'";
  }
}
