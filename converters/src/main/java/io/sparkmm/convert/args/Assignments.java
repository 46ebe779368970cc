package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Collects the values of a command in the order given: what comes later wins. */
final class Assignments {

  private final String command;
  private final OptionTable table;
  private final List<String> problems;
  private final Map<String, JsonNode> values = new LinkedHashMap<>();
  private final TreeSet<String> given = new TreeSet<>();
  private final TreeSet<String> unsound = new TreeSet<>();

  Assignments(Command command, OptionTable table, List<String> problems) {
    this.command = command.name();
    this.table = table;
    this.problems = problems;
    table.options().forEach((name, option) -> values.put(name, option.defaultValue()));
  }

  /** One value as an argument or a variable spells it. */
  void token(OptionTable.Match match, String token, String origin) {
    attempt(match, origin, () -> put(match, match.type().ofToken(token)));
  }

  /** Elements behind those of a list. */
  void extend(OptionTable.Match match, JsonNode more, String origin) {
    attempt(
        match,
        origin,
        () -> {
          ValueType type = match.type();
          put(match, type.extend(values.get(match.name()), type.elements(more)));
        });
  }

  /** A group given as a file name or as an inline mapping. */
  void group(String name, String value, Path folder, String origin) {
    try {
      String giver = origin.isEmpty() ? "--" + name : origin;
      mapping(name + ".", Document.load(value, folder, giver));
    } catch (BadValue e) {
      problems.add(name + ": " + e.getMessage() + where(origin));
      table.options().keySet().stream()
          .filter(option -> option.startsWith(name + "."))
          .forEach(this::mention);
    }
  }

  /** All values of a document whose keys stand below {@code prefix}. */
  void mapping(String prefix, Document document) {
    mapping(prefix, document.tree(), document);
  }

  private void mapping(String prefix, JsonNode tree, Document document) {
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      String name = prefix + entry.getKey();
      JsonNode node = entry.getValue();
      Optional<OptionTable.Match> match = table.find(name);
      if (table.groups().containsKey(name)) {
        group(name, node, document);
      } else if (match.isPresent()) {
        node(match.get(), node, document.origin());
      } else if (name.endsWith("+") && isList(name.substring(0, name.length() - 1))) {
        extend(table.find(name.substring(0, name.length() - 1)).get(), node, document.origin());
      } else {
        problems.add("unknown key " + name + where(document.origin()) + table.hint(name, ""));
      }
    }
  }

  private boolean isList(String name) {
    return table.find(name).map(OptionTable.Match::type).filter(ValueType::isList).isPresent();
  }

  private void group(String name, JsonNode node, Document document) {
    if (node.isObject()) {
      mapping(name + ".", node, document);
    } else if (node.isTextual()) {
      group(name, node.textValue(), document.folder(), document.origin());
    } else {
      problems.add(
          name + ": must be a mapping, got " + Spelling.show(node) + where(document.origin()));
    }
  }

  private void node(OptionTable.Match match, JsonNode node, String origin) {
    attempt(
        match,
        origin,
        () -> {
          Option option = match.member().orElse(match.option());
          if (!node.isNull() || match.type().acceptsNull()) {
            put(match, match.type().ofNode(node));
          } else if (option.required() && match.member().isEmpty()) {
            // Printed configurations have null where a value is still to be filled in.
            values.put(match.name(), node);
            given.remove(match.name());
          } else {
            throw BadValue.of("must not be null");
          }
        });
  }

  private void put(OptionTable.Match match, JsonNode value) {
    if (match.member().isPresent()) {
      ObjectNode owner = JsonNodeFactory.instance.objectNode();
      if (values.get(match.name()) instanceof ObjectNode old) {
        owner.setAll(old);
      }
      owner.set(match.member().get().name(), value);
      values.put(match.name(), owner);
    } else {
      values.put(match.name(), value);
    }
    given.add(match.name());
  }

  private void attempt(OptionTable.Match match, String origin, Runnable action) {
    try {
      action.run();
    } catch (BadValue e) {
      String name = match.name() + match.member().map(m -> "." + m.name()).orElse("");
      String who = e.ofCommand() ? command + " " : "";
      problems.add(name + ": " + who + e.getMessage() + where(origin));
      mention(match.name());
    }
  }

  private static String where(String origin) {
    return origin.isEmpty() ? "" : " (in " + origin + ")";
  }

  /** The option was there, if without a usable value: it does not count as missing. */
  void mention(String name) {
    given.add(name);
    unsound.add(name);
  }

  /** Adds a problem for each option that must be given and was not. */
  void checkRequired() {
    table
        .options()
        .forEach(
            (name, option) -> {
              if (option.required() && !given.contains(name)) {
                problems.add(name + ": required, give --" + name);
                unsound.add(name);
              }
            });
  }

  Settings settings() {
    return new Settings(values, given, unsound, table.options());
  }
}
