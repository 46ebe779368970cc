package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** Any text; arguments are taken as they are. */
record TextType() implements ValueType {

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
    if (!node.isTextual()) {
      throw BadValue.of(
          "must be text, got " + Spelling.show(node) + "; put it between quotes in the file");
    }
    return node;
  }
}
