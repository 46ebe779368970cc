package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * Any text; arguments are taken as they are.
 *
 * @param numbers whether a whole number in a file counts as its digits
 */
record TextType(boolean numbers) implements ValueType {

  @Override
  public String text() {
    return "str";
  }

  @Override
  public JsonNode ofToken(String token) {
    return JsonNodeFactory.instance.textNode(token);
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    if (numbers && node.isIntegralNumber()) {
      return ofToken(node.asText());
    }
    if (!node.isTextual()) {
      throw BadValue.of(
          "must be text, got " + Spelling.show(node) + "; put it between quotes in the file");
    }
    return node;
  }
}
