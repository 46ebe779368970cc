package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.PreferenceSample;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.Sample;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.source.Attributes.Column;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Instructions as alpaca files hold them: a prompt and a query, which make up the question, and a
 * response; earlier questions and answers as pairs in a history column. With ranking the columns of
 * the preferred and of the other answer hold a text each.
 */
public final class AlpacaFormat implements DatasetFormat {
  private static final Set<Column> NEEDED = EnumSet.of(Column.PROMPT);
  private static final Set<Column> OTHERS =
      EnumSet.of(
          Column.QUERY,
          Column.RESPONSE,
          Column.HISTORY,
          Column.SYSTEM,
          Column.IMAGES,
          Column.VIDEOS,
          Column.AUDIOS);

  @Override
  public String name() {
    return "alpaca";
  }

  @Override
  public boolean matches(JsonNode node, Attributes attributes) {
    Column answer = attributes.ranking() ? Column.CHOSEN : Column.RESPONSE;
    return has(node, attributes, Column.PROMPT) && has(node, attributes, answer);
  }

  private static boolean has(JsonNode node, Attributes attributes, Column column) {
    return attributes.column(column).map(node::get).filter(JsonNode::isTextual).isPresent();
  }

  @Override
  public RecordParser parser(SourceSettings settings, Predicate<String> fileExists) {
    Attributes attributes = settings.attributes();
    Set<Column> needed = EnumSet.copyOf(NEEDED);
    if (!attributes.ranking()) {
      needed.add(Column.RESPONSE);
    }
    ReadColumns.check(name(), attributes, needed, OTHERS);
    return new Parser(settings, fileExists);
  }

  private static final class Parser extends AligningParser {
    Parser(SourceSettings settings, Predicate<String> fileExists) {
      super(settings, fileExists);
    }

    @Override
    Sample align(JsonNode node) throws RecordDefect {
      List<Turn> turns = history(node);
      turns.add(new Turn(Role.USER, messages.taken(question(node))));
      String system = messages.systemColumn(node);
      if (attributes.ranking()) {
        Turn chosen = answer(node, Column.CHOSEN);
        Turn rejected = answer(node, Column.REJECTED);
        return new PreferenceSample(system, turns, chosen, rejected, media.images(node));
      }
      turns.add(answer(node, Column.RESPONSE));
      List<ImageRef> images = media.images(node);
      return new SftSample(system, turns, images);
    }

    private List<Turn> history(JsonNode node) throws RecordDefect {
      List<Turn> turns = new ArrayList<>();
      JsonNode history = attributes.column(Column.HISTORY).map(node::get).orElse(null);
      // As in the reference, a history that is no list counts as none.
      if (history == null || !history.isArray()) {
        return turns;
      }
      for (int i = 0; i < history.size(); i++) {
        JsonNode pair = history.get(i);
        if (!pair.isArray() || pair.size() != 2) {
          throw new RecordDefect(
              RejectReason.MESSAGE_MALFORMED,
              "history entry " + i + " is " + JsonFields.show(pair));
        }
        turns.add(new Turn(Role.USER, past(pair.get(0), i)));
        turns.add(new Turn(Role.ASSISTANT, past(pair.get(1), i)));
      }
      return turns;
    }

    private String past(JsonNode text, int entry) throws RecordDefect {
      if (!text.isTextual()) {
        throw new RecordDefect(
            text.isNull() ? RejectReason.CONTENT_MISSING : RejectReason.CONTENT_TYPE,
            "history entry " + entry + " holds " + JsonFields.show(text));
      }
      return messages.taken(text.textValue());
    }

    /** Prompt and query, one a line; an empty one is left out. */
    private String question(JsonNode node) throws RecordDefect {
      List<String> parts = new ArrayList<>(2);
      for (Column column : List.of(Column.PROMPT, Column.QUERY)) {
        Optional<String> name = attributes.column(column);
        if (name.isPresent()) {
          JsonFields.text(node, name.get()).filter(text -> !text.isEmpty()).ifPresent(parts::add);
        }
      }
      return String.join("\n", parts);
    }

    private Turn answer(JsonNode node, Column column) throws RecordDefect {
      String name = attributes.column(column).orElseThrow();
      JsonNode answer = node.get(name);
      if (answer == null || !answer.isTextual()) {
        throw new RecordDefect(
            RejectReason.ANSWER_MISSING,
            name + " is " + (answer == null ? "missing" : JsonFields.show(answer)));
      }
      return new Turn(Role.ASSISTANT, messages.taken(answer.textValue()));
    }
  }
}
