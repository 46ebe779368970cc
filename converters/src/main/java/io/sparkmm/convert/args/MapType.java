package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;

/** A mapping from text to text, such as <code>{a: b, c: d}</code>. */
record MapType() implements ValueType {

  @Override
  public String text() {
    return "Dict[str, str]";
  }

  @Override
  public JsonNode ofToken(String token) {
    return check(Spelling.yaml(token), Spelling.show(token));
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    return node.isTextual() ? ofToken(node.textValue()) : check(node, Spelling.show(node));
  }

  private static JsonNode check(JsonNode node, String given) {
    if (!node.isObject()) {
      throw BadValue.of("must be a mapping ({target: source}), got " + given);
    }
    node.properties()
        .forEach(
            entry -> {
              if (!entry.getValue().isTextual()) {
                throw BadValue.of(
                    "must map to text, got " + entry.getValue() + " for " + entry.getKey());
              }
            });
    return node;
  }
}
