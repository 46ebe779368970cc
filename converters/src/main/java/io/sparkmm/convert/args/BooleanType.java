package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * True or false in all spellings of YAML 1.1 but single letters.
 *
 * @param bare whether the option alone, without a value, means true
 */
record BooleanType(boolean bare) implements ValueType {

  @Override
  public String text() {
    return "bool";
  }

  @Override
  public Arity arity() {
    return bare ? Arity.NONE : Arity.ONE;
  }

  @Override
  public String placeholder(String name) {
    return "{true,false}";
  }

  @Override
  public JsonNode ofToken(String token) {
    if (bare && token.isEmpty()) {
      return JsonNodeFactory.instance.booleanNode(true);
    }
    JsonNode node = Spelling.yaml(token);
    if (!node.isBoolean()) {
      throw BadValue.of("must be true or false, got " + Spelling.show(token));
    }
    return node;
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    if (node.isTextual()) {
      return ofToken(node.textValue());
    }
    if (!node.isBoolean()) {
      throw BadValue.of("must be true or false, got " + Spelling.show(node));
    }
    return node;
  }
}
