package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * A key with a value.
 *
 * @param name the key
 * @param type what it accepts
 * @param required whether it must be given
 * @param defaultValue its value unless given; null when there is none
 * @param description what it is for
 */
public record Option(
    String name, ValueType type, boolean required, JsonNode defaultValue, String description)
    implements Entry {

  /** Whole numbers. */
  public static final ValueType INTEGER = new IntegerType(OptionalInt.empty());

  /** Whole numbers of at least 0. */
  public static final ValueType COUNT = new IntegerType(OptionalInt.of(0));

  /** Whole numbers above 0. */
  public static final ValueType POSITIVE = new IntegerType(OptionalInt.of(1));

  /** True or false. */
  public static final ValueType BOOLEAN = new BooleanType(false);

  /** True when the option stands there; a value may follow after {@code =}. */
  public static final ValueType SWITCH = new BooleanType(true);

  /** Text. */
  public static final ValueType TEXT = new TextType(false);

  /** Text that may be a number. */
  public static final ValueType WORD = new TextType(true);

  /** A path that need not exist. */
  public static final ValueType PATH = new PathType(false);

  /** A path of a folder that exists. */
  public static final ValueType FOLDER = new PathType(true);

  /** A mapping from text to text. */
  public static final ValueType TEXT_MAP = new MapType();

  public Option {
    Objects.requireNonNull(type, name);
    Objects.requireNonNull(defaultValue, name);
  }

  /** An option that must be given. */
  public static Option required(String name, ValueType type, String description) {
    return new Option(name, type, true, NullNode.instance, description);
  }

  /** An option whose default is null. */
  public static Option optional(String name, ValueType type, String description) {
    return new Option(name, nullable(type), false, NullNode.instance, description);
  }

  /** An option with a default that is a number. */
  public static Option of(String name, ValueType type, int value, String description) {
    return new Option(name, type, false, JsonNodeFactory.instance.numberNode(value), description);
  }

  /** An option with a default that is true or false. */
  public static Option of(String name, ValueType type, boolean value, String description) {
    return new Option(name, type, false, JsonNodeFactory.instance.booleanNode(value), description);
  }

  /** An option with a default that is text or a path. */
  public static Option of(String name, ValueType type, String value, String description) {
    return new Option(name, type, false, JsonNodeFactory.instance.textNode(value), description);
  }

  /** That type or null. */
  public static ValueType nullable(ValueType type) {
    return new NullableType(type);
  }

  /** A list as one argument. */
  public static ValueType listOf(ValueType element) {
    return new ListType(element, false);
  }

  /** A list whose elements may also be given as separate arguments. */
  public static ValueType wordsOf(ValueType element) {
    return new ListType(element, true);
  }

  /** One of these words. */
  public static ValueType choice(String... words) {
    return new ChoiceType(List.of(words));
  }

  /** Finite numbers; {@code text} is the type as help shows it. */
  public static ValueType number(String text) {
    return new NumberType(text);
  }

  /** An object of which all members are required; {@code text} is the type as help shows it. */
  public static ValueType object(String text, Option... members) {
    return new ObjectType(text, List.of(members));
  }

  /** The default as help shows it. */
  public String defaultText() {
    if (defaultValue.isBoolean()) {
      return defaultValue.booleanValue() ? "True" : "False";
    }
    return defaultValue.isNull() ? "null" : defaultValue.asText();
  }

  /** What help adds to the description: whether it is required, type and default. */
  String summary() {
    String type = "type: " + this.type.text();
    return required ? "(required, " + type + ")" : "(" + type + ", default: " + defaultText() + ")";
  }
}
