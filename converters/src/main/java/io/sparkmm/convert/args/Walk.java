package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is known on the way from the program down to a command. */
final class Walk {

  private static final Path HERE = Path.of("");

  private final Family root;
  private final Environment environment;
  private final Tokens tokens;
  private final List<Node> nodes = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private List<Document> variables = new ArrayList<>();
  private List<Document> documents = new ArrayList<>();
  private Optional<PrintFlags> print = Optional.empty();
  private int printDepth;
  private boolean unread;

  Walk(Family root, Environment environment, Tokens tokens) {
    this.root = root;
    this.environment = environment;
    this.tokens = tokens;
  }

  Tokens tokens() {
    return tokens;
  }

  Environment environment() {
    return environment;
  }

  List<String> problems() {
    return problems;
  }

  /** Words below the program's name. */
  List<String> words() {
    return nodes.stream().map(Node::name).toList();
  }

  HelpPrinter help() {
    return new HelpPrinter(environment, root.name(), words());
  }

  /** Configurations that variables name, for this level, lowest precedence first. */
  List<Document> variables() {
    return variables;
  }

  /** Configurations of the command line for this level, lowest precedence first. */
  List<Document> documents() {
    return documents;
  }

  /** Goes down one level; what configurations say of other words does not count. */
  void enter(Node child) {
    nodes.add(child);
    variables = sections(variables, child.name());
    documents = sections(documents, child.name());
  }

  private List<Document> sections(List<Document> above, String word) {
    List<Document> result = new ArrayList<>();
    for (Document document : above) {
      if (document.tree().get(word) instanceof ObjectNode tree) {
        result.add(new Document(tree, document.origin(), document.folder()));
      } else if (document.tree().hasNonNull(word)) {
        problems.add(word + ": must be a mapping (in " + document.origin() + ")");
      }
    }
    return result;
  }

  /** The configuration that this level's own variable names. */
  Optional<Document> variable() {
    return environment
        .value(words(), "config")
        .flatMap(value -> load(value, environment.name(words(), "config")));
  }

  /** The configuration that {@code --config} names. */
  Optional<Document> config(Word word) {
    Optional<String> value = word.value().or(tokens::value);
    if (value.isEmpty()) {
      problems.add("--config: needs a value");
      unread = true;
    }
    return value.flatMap(v -> load(v, "--config"));
  }

  private Optional<Document> load(String value, String giver) {
    try {
      return Optional.of(Document.load(value, HERE, giver));
    } catch (BadValue e) {
      problems.add(giver + ": " + e.getMessage());
      unread = true;
      return Optional.empty();
    }
  }

  /** Whether a configuration could not be read, so that nobody knows what it would have given. */
  boolean unread() {
    return unread;
  }

  /** Takes note of {@code --print_config}; the last one counts. */
  void print(Word word) {
    try {
      print = Optional.of(PrintFlags.parse(word.value().orElse("")));
      printDepth = nodes.size();
    } catch (BadValue e) {
      print = Optional.of(new PrintFlags(false, false, false));
      problems.add("--print_config: flags " + e.getMessage());
    }
  }

  boolean printing() {
    return print.isPresent();
  }

  /** The configuration relative to the level at which it was asked for. */
  Request.Show printed(Command command, Settings settings) {
    Optional<Node> level =
        printDepth == 0 ? Optional.empty() : Optional.of(nodes.get(printDepth - 1));
    String description =
        level
            .map(node -> node instanceof Family f ? f.description() : command.description())
            .orElse("");
    List<Node> below = nodes.subList(printDepth, nodes.size());
    return new Request.Show(
        new ConfigurationPrinter(print.orElseThrow(), settings).print(below, command, description));
  }

  /** Wrong: the usage and all problems so far. */
  Request.Refused refused(String usage) {
    return new Request.Refused(usage, problems, Optional.empty());
  }
}
