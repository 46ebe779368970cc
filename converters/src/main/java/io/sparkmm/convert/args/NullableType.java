package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;

/**
 * A type or null.
 *
 * @param type of the values that are not null
 */
record NullableType(ValueType type) implements ValueType {

  @Override
  public String text() {
    return "Optional[" + type.innerText() + "]";
  }

  @Override
  public Arity arity() {
    return type.arity();
  }

  @Override
  public String placeholder(String name) {
    return type instanceof BooleanType ? "{true,false,null}" : type.placeholder(name);
  }

  @Override
  public JsonNode ofToken(String token) {
    JsonNode node = Spelling.yaml(token);
    return node.isNull() ? node : type.ofToken(token);
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    return node.isNull() ? node : type.ofNode(node);
  }

  @Override
  public boolean acceptsNull() {
    return true;
  }

  @Override
  public boolean isList() {
    return type.isList();
  }

  @Override
  public ArrayNode elements(JsonNode more) {
    return type.elements(more);
  }
}
