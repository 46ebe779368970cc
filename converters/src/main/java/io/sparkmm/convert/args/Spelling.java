package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sparkmm.conf.load.YamlText;
import org.yaml.snakeyaml.error.YAMLException;

/** How values are read from arguments and shown in messages. */
final class Spelling {
  private static final int LONGEST = 120;

  private Spelling() {}

  /** The argument as YAML; text that is no YAML stays text. */
  static JsonNode yaml(String token) {
    if (token.isBlank()) {
      return JsonNodeFactory.instance.textNode(token);
    }
    try {
      return YamlText.read(token);
    } catch (YAMLException e) {
      return JsonNodeFactory.instance.textNode(token);
    }
  }

  /** A value in a message: lists and numbers as they are, text between quotes, long ones cut. */
  static String show(JsonNode node) {
    String text = node.toString();
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  /** An argument in a message. */
  static String show(String token) {
    return show(JsonNodeFactory.instance.textNode(token));
  }
}
