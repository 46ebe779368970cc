package io.sparkmm.convert.args;

import java.util.List;
import java.util.Map;

/**
 * Turns arguments, the configuration files they name and environment variables into a request.
 *
 * <p>Values come, lowest precedence first, from the defaults of the options; from variables (those
 * of the command, its configuration before its single options, then the configurations named at the
 * levels above it); and from the command line, left to right, where configuration files count at
 * the place where they stand. All problems are reported together.
 */
public final class ArgumentParser {

  private final Family root;
  private final Environment environment;

  /**
   * A parser of a tree.
   *
   * @param root the program
   * @param variables the environment
   */
  public ArgumentParser(Family root, Map<String, String> variables) {
    this.root = root;
    this.environment = new Environment(root.name(), variables);
  }

  /** What the arguments ask for. */
  public Request parse(List<String> arguments) {
    return new FamilyLevel(new Walk(root, environment, new Tokens(arguments))).parse(root);
  }

  /** Usage of a command, as it stands above errors. */
  public String usage(List<String> words) {
    Node node = root;
    for (String word : words) {
      node = ((Family) node).child(word).orElseThrow();
    }
    return new HelpPrinter(environment, root.name(), words).usage((Command) node);
  }

  /** Help of the program, as {@code --help} prints it. */
  public String help() {
    return new HelpPrinter(environment, root.name(), List.of()).help(root);
  }
}
