package io.sparkmm.convert.args;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The variables that can stand for options. Their names are the program's name, the words of the
 * command and the dotted name of the option, upper case, with {@code __} between all parts but the
 * first two. Nothing is read unless {@value #SWITCH} is {@code true}.
 */
final class Environment {

  /** The variable that switches the use of the others on. */
  static final String SWITCH = "JSONARGPARSE_DEFAULT_ENV";

  private final String program;
  private final Map<String, String> variables;

  Environment(String program, Map<String, String> variables) {
    this.program = program.replace('-', '_');
    this.variables = Map.copyOf(variables);
  }

  boolean active() {
    return "true".equalsIgnoreCase(variables.getOrDefault(SWITCH, ""));
  }

  /** The variable for an option of the level that these words reach. */
  String name(List<String> words, String option) {
    String path = words.isEmpty() ? option : String.join(".", words) + "." + option;
    return (program + "_" + path.replace(".", "__")).toUpperCase(Locale.ROOT);
  }

  /** Its value, when variables are to be read at all. */
  Optional<String> value(List<String> words, String option) {
    return active() ? Optional.ofNullable(variables.get(name(words, option))) : Optional.empty();
  }

  /** Width of help texts: that of the terminal where it is known. */
  int columns() {
    String columns = variables.getOrDefault("COLUMNS", "");
    return columns.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(columns) : 80;
  }
}
