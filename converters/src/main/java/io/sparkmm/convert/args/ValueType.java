package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** What an option accepts. Implementations are immutable. */
public interface ValueType {

  /** How many arguments follow the option on the command line. */
  enum Arity {
    /** Exactly one. */
    ONE,
    /** None: the option alone means true; a value may follow after {@code =}. */
    NONE,
    /** All up to the next option. */
    MANY
  }

  /** The type as help shows it, such as {@code Annotated[int, Gt(gt=0)]}. */
  String text();

  /** The type within another one. */
  default String innerText() {
    return text();
  }

  /** How many arguments the option takes. */
  default Arity arity() {
    return Arity.ONE;
  }

  /**
   * What stands for the value in help.
   *
   * @param name last part of the option's name
   */
  default String placeholder(String name) {
    return name.toUpperCase(java.util.Locale.ROOT);
  }

  /**
   * The value that an argument or an environment variable spells.
   *
   * @throws BadValue when it does not fit
   */
  JsonNode ofToken(String token);

  /**
   * The value of a key of a configuration file; never called with null.
   *
   * @throws BadValue when it does not fit
   */
  JsonNode ofNode(JsonNode node);

  /** Whether null is a value. */
  default boolean acceptsNull() {
    return false;
  }

  /** Whether {@link #extend} works. */
  default boolean isList() {
    return false;
  }

  /**
   * What is to be put behind the elements of a list.
   *
   * @param more elements, or a single one
   * @throws BadValue when it does not fit
   */
  default ArrayNode elements(JsonNode more) {
    throw BadValue.of("takes one value, not a list");
  }

  /** A list with more elements behind those that it has. */
  default JsonNode extend(JsonNode list, ArrayNode more) {
    ArrayNode result = JsonNodeFactory.instance.arrayNode();
    if (list.isArray()) {
      list.forEach(result::add);
    }
    more.forEach(result::add);
    return result;
  }
}
