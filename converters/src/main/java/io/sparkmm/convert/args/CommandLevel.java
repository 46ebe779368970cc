package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Parses the options of a command. */
final class CommandLevel {

  private static final Path HERE = Path.of("");
  private static final Pattern PIECE_OF_LIST = Pattern.compile("[\\[\\]0-9,]+");

  private final Walk walk;
  private final Command command;
  private final OptionTable table;
  private final Assignments values;
  private boolean openList;

  CommandLevel(Walk walk, Command command) {
    this.walk = walk;
    this.command = command;
    this.table = new OptionTable(command);
    this.values = new Assignments(command, table, walk.problems());
  }

  Request parse() {
    variables();
    walk.variables().forEach(document -> values.mapping("", document));
    walk.documents().forEach(document -> values.mapping("", document));
    while (walk.tokens().hasNext()) {
      String token = walk.tokens().next();
      Word word = Word.of(token);
      if (word.isHelp()) {
        return new Request.Show(walk.help().help(command));
      } else if (word.isConfig()) {
        walk.config(word).ifPresent(document -> values.mapping("", document));
      } else if (word.isPrint()) {
        walk.print(word);
      } else if (Tokens.isOption(token)) {
        option(word);
      } else {
        stray(token);
      }
    }
    boolean sound = walk.problems().isEmpty();
    if (walk.printing() && sound) {
      return walk.printed(command, values.settings());
    }
    if (!walk.printing() && !walk.unread()) {
      values.checkRequired();
    }
    Request.Run run = new Request.Run(walk.words(), values.settings());
    if (walk.problems().isEmpty()) {
      return run;
    }
    boolean partial = !walk.printing() && !walk.unread();
    return new Request.Refused(
        walk.help().usage(command), walk.problems(), partial ? Optional.of(run) : Optional.empty());
  }

  private void variables() {
    List<String> words = walk.words();
    walk.variable().ifPresent(document -> values.mapping("", document));
    for (String group : table.groups().keySet()) {
      walk.environment()
          .value(words, group)
          .ifPresent(v -> values.group(group, v, HERE, walk.environment().name(words, group)));
    }
    for (String option : table.options().keySet()) {
      walk.environment()
          .value(words, option)
          .ifPresent(
              v ->
                  values.token(
                      table.find(option).orElseThrow(), v, walk.environment().name(words, option)));
    }
  }

  private void option(Word word) {
    openList = false;
    boolean append = word.name().endsWith("+");
    String name = word.name().replaceFirst("^--", "").replaceFirst("\\+$", "");
    name = command.dashes() ? name.replace('-', '_') : name;
    Optional<OptionTable.Match> match = table.find(name);
    if (table.groups().containsKey(name) && word.name().startsWith("--") && !append) {
      String group = name;
      value(word, name).ifPresent(value -> values.group(group, value, HERE, ""));
    } else if (match.isEmpty() || !word.name().startsWith("--")) {
      walk.problems().add("unknown option " + word.name() + table.hint(name, "--"));
      if (word.value().isEmpty()) {
        walk.tokens().values();
      }
    } else if (append) {
      append(word, match.get(), name);
    } else {
      assign(word, match.get(), name);
    }
  }

  private void assign(Word word, OptionTable.Match match, String name) {
    switch (match.type().arity()) {
      case NONE -> values.token(match, word.value().orElse(""), "");
      case ONE ->
          value(word, name)
              .ifPresent(
                  value -> {
                    openList = match.type().isList() && isOpen(value);
                    values.token(match, value, "");
                  });
      case MANY -> words(word, match, name);
    }
  }

  private void words(Word word, OptionTable.Match match, String name) {
    List<String> given = word.value().map(List::of).orElseGet(() -> walk.tokens().values());
    if (given.isEmpty()) {
      needsValue(name);
    } else if (given.size() == 1 && given.get(0).startsWith("[")) {
      values.token(match, given.get(0), "");
    } else {
      ArrayNode list = JsonNodeFactory.instance.arrayNode();
      given.forEach(list::add);
      values.token(match, list.toString(), "");
    }
  }

  private void append(Word word, OptionTable.Match match, String name) {
    if (!match.type().isList()) {
      walk.problems().add(name + ": is no list, so that " + word.name() + " cannot extend it");
      walk.tokens().value();
      return;
    }
    value(word, name).ifPresent(value -> values.extend(match, Spelling.yaml(value), ""));
  }

  private Optional<String> value(Word word, String name) {
    Optional<String> value = word.value().or(walk.tokens()::value);
    if (value.isEmpty()) {
      needsValue(name);
    }
    return value;
  }

  private void needsValue(String name) {
    walk.problems().add("--" + name + ": needs a value");
    values.mention(name);
  }

  private void stray(String token) {
    if (!openList) {
      boolean piece = PIECE_OF_LIST.matcher(token).matches();
      walk.problems()
          .add(
              "unexpected argument "
                  + Spelling.show(token)
                  + (piece ? "; put a list that contains blanks between quotes" : ""));
    }
  }

  private static boolean isOpen(String value) {
    return value.chars().filter(c -> c == '[').count()
        > value.chars().filter(c -> c == ']').count();
  }
}
