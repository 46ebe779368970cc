package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * A finite number.
 *
 * @param text the type as help shows it
 */
record NumberType(String text) implements ValueType {

  @Override
  public JsonNode ofToken(String token) {
    JsonNode node = Spelling.yaml(token);
    if (!node.isNumber()) {
      throw BadValue.of("must be a number, got " + Spelling.show(token));
    }
    return ofNode(node);
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw BadValue.of("must be a number, got " + Spelling.show(node));
    }
    return JsonNodeFactory.instance.numberNode(node.doubleValue());
  }
}
