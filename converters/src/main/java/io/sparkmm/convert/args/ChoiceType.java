package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One of some words.
 *
 * @param words what may be given
 */
record ChoiceType(List<String> words) implements ValueType {

  ChoiceType {
    words = List.copyOf(words);
  }

  @Override
  public String text() {
    return words.stream()
        .map(w -> "'" + w + "'")
        .collect(Collectors.joining(", ", "Literal[", "]"));
  }

  @Override
  public String placeholder(String name) {
    return "{" + String.join(",", words) + "}";
  }

  @Override
  public JsonNode ofToken(String token) {
    if (!words.contains(token)) {
      throw BadValue.of("must be " + String.join(" or ", words) + ", got " + Spelling.show(token));
    }
    return JsonNodeFactory.instance.textNode(token);
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    return ofToken(node.isTextual() ? node.textValue() : node.toString());
  }
}
