package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.source.Attributes.Column;
import io.sparkmm.data.source.SourceSettings.ContentMode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Reads messages that are objects with a role and a text, under the names of a source. */
final class Messages {
  private final Attributes attributes;
  private final ContentMode contentMode;
  private final Map<String, Role> roles = new HashMap<>();

  Messages(SourceSettings settings) {
    this.attributes = settings.attributes();
    this.contentMode = settings.contentMode();
    attributes.roles().forEach((role, word) -> roles.put(word, role));
  }

  /** Whether a message is a system message. */
  boolean isSystem(JsonNode message) {
    return role(message).orElse(Role.USER) == Role.SYSTEM;
  }

  /** The text of a system message; without content there is none, as with a column that is null. */
  String system(JsonNode message) throws RecordDefect {
    return taken(JsonFields.text(message, attributes.contentTag()).orElse(""));
  }

  /** The system text of the record's column, empty where there is none. */
  String systemColumn(JsonNode node) throws RecordDefect {
    Optional<String> column = attributes.column(Column.SYSTEM);
    return column.isEmpty() ? "" : taken(JsonFields.text(node, column.get()).orElse(""));
  }

  /**
   * A message as a turn.
   *
   * @param message the message
   * @param where its name in a reject's detail, such as "message 3"
   * @param asks whether it stands where a question stands, not an answer
   */
  Turn turn(JsonNode message, String where, boolean asks) throws RecordDefect {
    JsonNode word = message.get(attributes.roleTag());
    if (word == null || word.isNull()) {
      throw new RecordDefect(RejectReason.ROLE_MISSING, where + " has no " + attributes.roleTag());
    }
    Role role = role(message).orElse(Role.SYSTEM);
    if (asks ? !role.asks() : !role.answers()) {
      throw new RecordDefect(
          RejectReason.ROLE_UNEXPECTED, where + " is of " + JsonFields.show(word));
    }
    Optional<String> content = JsonFields.text(message, attributes.contentTag());
    if (content.isEmpty() && contentMode == ContentMode.EXACT) {
      throw new RecordDefect(
          RejectReason.CONTENT_MISSING, where + " has no " + attributes.contentTag());
    }
    return new Turn(role, taken(content.orElse("")));
  }

  /** A text as the settings want it. */
  String taken(String text) {
    return contentMode == ContentMode.STRIPPED ? WhiteSpace.strip(text) : text;
  }

  private Optional<Role> role(JsonNode message) {
    JsonNode word = message.get(attributes.roleTag());
    return word == null || !word.isTextual()
        ? Optional.empty()
        : Optional.ofNullable(roles.get(word.textValue()));
  }
}
