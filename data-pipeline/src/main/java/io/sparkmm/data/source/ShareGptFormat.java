package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.source.Attributes.Column;
import io.sparkmm.data.source.SourceSettings.ContentMode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Conversations as a list of messages with a role and a text each, under any names: "mllm" files as
 * the import writes them, ShareGPT files, and LLaVA files that are read without conversion.
 *
 * <p>A leading message of the system role becomes the system text; else the system column does. On
 * the messages that remain, even positions belong to user or observation, odd ones to assistant or
 * function, and their number is even; all else is rejected.
 */
public final class ShareGptFormat implements DatasetFormat {
  private static final Set<Column> READ_COLUMNS =
      EnumSet.of(Column.MESSAGES, Column.SYSTEM, Column.IMAGES);

  @Override
  public String name() {
    return "sharegpt";
  }

  @Override
  public boolean matches(JsonNode node, Attributes attributes) {
    return attributes
        .column(Column.MESSAGES)
        .map(node::get)
        .filter(JsonNode::isArray)
        .filter(
            messages ->
                messages.isEmpty()
                    || (messages.get(0).has(attributes.roleTag())
                        && messages.get(0).has(attributes.contentTag())))
        .isPresent();
  }

  @Override
  public RecordParser parser(SourceSettings settings, Predicate<String> fileExists) {
    Attributes attributes = settings.attributes();
    for (Column column : attributes.columns().keySet()) {
      if (!READ_COLUMNS.contains(column)) {
        throw new DataException(
            DataException.Kind.SETTING,
            "Cannot read column \""
                + attributes.columns().get(column)
                + "\" as "
                + column
                + ": formatting sharegpt supports "
                + READ_COLUMNS);
      }
    }
    if (attributes.column(Column.MESSAGES).isEmpty()) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot read records with formatting sharegpt: attr.messages names no column");
    }
    return new Parser(settings, fileExists);
  }

  private static final class Parser implements RecordParser {
    private final Attributes attributes;
    private final SourceSettings settings;
    private final Predicate<String> fileExists;
    private final Map<String, Role> roles = new HashMap<>();

    Parser(SourceSettings settings, Predicate<String> fileExists) {
      this.settings = settings;
      this.attributes = settings.attributes();
      this.fileExists = fileExists;
      attributes.roles().forEach((role, word) -> roles.put(word, role));
    }

    @Override
    public ParseResult parse(JsonNode node) {
      try {
        return new ParseResult.Parsed(align(JsonFields.object(node)));
      } catch (RecordDefect defect) {
        return defect.toResult();
      }
    }

    private SftSample align(JsonNode node) throws RecordDefect {
      JsonNode messages =
          JsonFields.messages(node, attributes.column(Column.MESSAGES).orElseThrow());
      String system = "";
      int first = 0;
      if (!messages.isEmpty() && role(messages.get(0)).orElse(Role.USER) == Role.SYSTEM) {
        // Without content there is no system text, as with a column that is null.
        system = stripped(JsonFields.text(messages.get(0), attributes.contentTag()).orElse(""));
        first = 1;
      } else if (attributes.column(Column.SYSTEM).isPresent()) {
        system = stripped(JsonFields.text(node, attributes.column(Column.SYSTEM).get()).orElse(""));
      }
      List<Turn> turns = new ArrayList<>(messages.size() - first);
      for (int i = first; i < messages.size(); i++) {
        turns.add(turn(messages.get(i), i, (i - first) % 2 == 0));
      }
      if (turns.isEmpty()) {
        throw new RecordDefect(RejectReason.MESSAGES_EMPTY, "0 messages");
      }
      if (turns.size() % 2 != 0) {
        throw new RecordDefect(RejectReason.MESSAGE_COUNT, turns.size() + " messages");
      }
      return new SftSample(system, turns, images(node));
    }

    private Turn turn(JsonNode message, int index, boolean asks) throws RecordDefect {
      JsonNode word = message.get(attributes.roleTag());
      if (word == null || word.isNull()) {
        throw new RecordDefect(
            RejectReason.ROLE_MISSING, "message " + index + " has no " + attributes.roleTag());
      }
      Role role = role(message).orElse(Role.SYSTEM);
      if (asks ? !role.asks() : !role.answers()) {
        throw new RecordDefect(
            RejectReason.ROLE_UNEXPECTED, "message " + index + " is of " + JsonFields.show(word));
      }
      return new Turn(role, content(message, "message " + index));
    }

    private Optional<Role> role(JsonNode message) {
      JsonNode word = message.get(attributes.roleTag());
      return word == null || !word.isTextual()
          ? Optional.empty()
          : Optional.ofNullable(roles.get(word.textValue()));
    }

    private String content(JsonNode message, String where) throws RecordDefect {
      Optional<String> content = JsonFields.text(message, attributes.contentTag());
      if (content.isEmpty() && settings.contentMode() == ContentMode.EXACT) {
        throw new RecordDefect(
            RejectReason.CONTENT_MISSING, where + " has no " + attributes.contentTag());
      }
      return stripped(content.orElse(""));
    }

    private String stripped(String text) {
      return settings.contentMode() == ContentMode.STRIPPED ? WhiteSpace.strip(text) : text;
    }

    private List<ImageRef> images(JsonNode node) throws RecordDefect {
      if (attributes.column(Column.IMAGES).isEmpty()) {
        return List.of();
      }
      List<ImageRef> images = new ArrayList<>();
      for (String path : JsonFields.paths(node, attributes.column(Column.IMAGES).get())) {
        images.add(new ImageRef(MediaPaths.resolve(settings.mediaRoot(), path, fileExists)));
      }
      return images;
    }
  }
}
