package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.PreferenceSample;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Sample;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.source.Attributes.Column;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Conversations as a list of messages with a role and a text each, under any names: "mllm" files as
 * the import writes them, ShareGPT files, and LLaVA files that are read without conversion.
 *
 * <p>A leading message of the system role becomes the system text; else the system column does. On
 * the messages that remain, even positions belong to user or observation, odd ones to assistant or
 * function, and their number is even; all else is rejected. With ranking their number is odd, and
 * the columns of the preferred and of the other answer hold one message each.
 */
public final class ShareGptFormat implements DatasetFormat {
  private static final Set<Column> NEEDED = EnumSet.of(Column.MESSAGES);
  private static final Set<Column> OTHERS =
      EnumSet.of(Column.SYSTEM, Column.IMAGES, Column.VIDEOS, Column.AUDIOS);

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
    ReadColumns.check(name(), settings.attributes(), NEEDED, OTHERS);
    return new Parser(settings, fileExists);
  }

  private static final class Parser extends AligningParser {
    Parser(SourceSettings settings, Predicate<String> fileExists) {
      super(settings, fileExists);
    }

    @Override
    Sample align(JsonNode node) throws RecordDefect {
      JsonNode list = JsonFields.messages(node, column(Column.MESSAGES));
      int first = !list.isEmpty() && messages.isSystem(list.get(0)) ? 1 : 0;
      String system = first == 1 ? messages.system(list.get(0)) : messages.systemColumn(node);
      List<Turn> turns = new ArrayList<>(list.size() - first);
      for (int i = first; i < list.size(); i++) {
        turns.add(messages.turn(list.get(i), "message " + i, (i - first) % 2 == 0));
      }
      if (turns.isEmpty()) {
        throw new RecordDefect(RejectReason.MESSAGES_EMPTY, "0 messages");
      }
      if ((turns.size() % 2 == 0) == attributes.ranking()) {
        throw new RecordDefect(RejectReason.MESSAGE_COUNT, turns.size() + " messages");
      }
      if (!attributes.ranking()) {
        return new SftSample(system, turns, media.images(node));
      }
      Turn chosen = answer(node, Column.CHOSEN);
      Turn rejected = answer(node, Column.REJECTED);
      return new PreferenceSample(system, turns, chosen, rejected, media.images(node));
    }

    private Turn answer(JsonNode node, Column column) throws RecordDefect {
      JsonNode answer = node.get(column(column));
      if (answer == null || !answer.isObject()) {
        throw new RecordDefect(
            RejectReason.ANSWER_MISSING,
            column(column) + " is " + (answer == null ? "missing" : JsonFields.show(answer)));
      }
      return messages.turn(answer, column(column), false);
    }

    private String column(Column column) {
      return attributes.column(column).orElseThrow();
    }
  }
}
