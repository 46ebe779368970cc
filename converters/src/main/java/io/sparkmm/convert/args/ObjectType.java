package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.NearestKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A small object that is given as a whole or by dotted names below the option's.
 *
 * @param text the type as help shows it
 * @param members all of them required
 */
record ObjectType(String text, List<Option> members) implements ValueType {

  ObjectType {
    members = List.copyOf(members);
  }

  @Override
  public JsonNode ofToken(String token) {
    JsonNode node = Spelling.yaml(token);
    return check(node, Spelling.show(token));
  }

  @Override
  public JsonNode ofNode(JsonNode node) {
    return node.isTextual() ? ofToken(node.textValue()) : check(node, Spelling.show(node));
  }

  private JsonNode check(JsonNode node, String given) {
    String names = String.join(", ", members.stream().map(m -> m.name() + ": ...").toList());
    if (!node.isObject()) {
      throw BadValue.of("must be a mapping ({" + names + "}), got " + given);
    }
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      Option member = require(entry.getKey());
      if (entry.getValue().isNull()) {
        throw BadValue.of("must not have a null " + member.name());
      }
      try {
        result.set(member.name(), member.type().ofNode(entry.getValue()));
      } catch (BadValue e) {
        throw BadValue.of("has a " + member.name() + " that " + e.getMessage());
      }
    }
    for (Option member : members) {
      if (!result.has(member.name())) {
        throw BadValue.of("lacks " + member.name());
      }
    }
    return result;
  }

  private Option require(String key) {
    return member(key)
        .orElseThrow(
            () -> {
              List<String> names = members.stream().map(Option::name).toList();
              return BadValue.of(
                  "has no key "
                      + key
                      + NearestKey.find(key, names)
                          .map(near -> "; did you mean " + near + "?")
                          .orElse(""));
            });
  }

  /** The member of that name. */
  Optional<Option> member(String key) {
    return members.stream().filter(m -> m.name().equals(key)).findFirst();
  }
}
