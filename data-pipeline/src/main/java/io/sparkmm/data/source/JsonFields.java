package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.RejectReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Typed access to the fields of a record that nobody has checked yet. */
final class JsonFields {
  private static final int SHOWN_CHARS = 120;

  private JsonFields() {}

  /** The record itself, when it is an object. */
  static JsonNode object(JsonNode node) throws RecordDefect {
    if (node == null || !node.isObject()) {
      throw new RecordDefect(RejectReason.RECORD_NOT_OBJECT, node == null ? "nothing" : show(node));
    }
    return node;
  }

  /** The list of messages in a column. */
  static JsonNode messages(JsonNode node, String column) throws RecordDefect {
    JsonNode messages = node.get(column);
    if (messages == null || messages.isNull()) {
      throw new RecordDefect(RejectReason.MESSAGES_MISSING, "no column " + column);
    }
    if (!messages.isArray()) {
      throw new RecordDefect(RejectReason.MESSAGES_MISSING, column + " is " + show(messages));
    }
    for (int i = 0; i < messages.size(); i++) {
      if (!messages.get(i).isObject()) {
        throw new RecordDefect(
            RejectReason.MESSAGE_MALFORMED, "message " + i + " is " + show(messages.get(i)));
      }
    }
    return messages;
  }

  /** A text field, empty when it is missing or null. */
  static Optional<String> text(JsonNode node, String key) throws RecordDefect {
    JsonNode value = node.get(key);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw new RecordDefect(RejectReason.CONTENT_TYPE, key + " is " + show(value));
    }
    return Optional.of(value.textValue());
  }

  /** A path or a list of paths; missing, null and the empty list give the empty list. */
  static List<String> paths(JsonNode node, String column) throws RecordDefect {
    JsonNode value = node.get(column);
    if (value == null || value.isNull()) {
      return List.of();
    }
    if (value.isTextual()) {
      return List.of(value.textValue());
    }
    if (!value.isArray()) {
      throw new RecordDefect(RejectReason.IMAGES_TYPE, column + " is " + show(value));
    }
    List<String> paths = new ArrayList<>(value.size());
    for (JsonNode path : value) {
      if (!path.isTextual()) {
        throw new RecordDefect(RejectReason.IMAGES_TYPE, column + " holds " + show(path));
      }
      paths.add(path.textValue());
    }
    return paths;
  }

  /** Whether a column holds something: not missing, null, an empty text, list or object. */
  static boolean holdsSomething(JsonNode node, String column) {
    JsonNode value = node.get(column);
    if (value == null || value.isNull()) {
      return false;
    }
    return value.isTextual()
        ? !value.textValue().isEmpty()
        : value.isValueNode() || !value.isEmpty();
  }

  /** The beginning of a value as JSON, for a message. */
  static String show(JsonNode value) {
    String json = value.toString();
    return json.length() <= SHOWN_CHARS ? json : json.substring(0, SHOWN_CHARS) + "...";
  }
}
