package io.sparkmm.conf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * Launch arguments cut into options. An option starts with two dashes and takes everything up to
 * the next one; {@code --key=value} is the same as {@code --key value}; dashes and underscores in
 * names are the same; the last of equal options wins.
 *
 * @param options by name with underscores: true for no value, a text for one, a list for several
 * @param entryPoint the script among the arguments, if one is named
 */
record ArgumentTokens(ObjectNode options, Optional<EntryPoint> entryPoint) {

  static ArgumentTokens of(String file, List<String> arguments, ConfigProblems problems) {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    Optional<EntryPoint> entryPoint = Optional.empty();
    String option = "";
    for (String argument : arguments) {
      Optional<EntryPoint> script = script(argument);
      if (script.isPresent()) {
        entryPoint = script;
      } else if (argument.startsWith("--") && argument.length() > 2) {
        int equals = argument.indexOf('=');
        String name = argument.substring(2, equals < 0 ? argument.length() : equals);
        option = name.replace('-', '_');
        if (equals < 0) {
          options.put(option, true);
        } else {
          options.put(option, argument.substring(equals + 1));
        }
      } else if (option.isEmpty()) {
        problems.add(file, "", argument, "expected an option that starts with --");
      } else {
        addValue(options, option, argument);
      }
    }
    return new ArgumentTokens(options, entryPoint);
  }

  private static Optional<EntryPoint> script(String argument) {
    String name = argument.substring(argument.lastIndexOf('/') + 1);
    return NamedValue.find(EntryPoint.class, name);
  }

  private static void addValue(ObjectNode options, String option, String value) {
    if (options.get(option).isArray()) {
      ((ArrayNode) options.get(option)).add(value);
    } else if (options.get(option).isTextual()) {
      String first = options.get(option).textValue();
      options.putArray(option).add(first).add(value);
    } else {
      options.put(option, value);
    }
  }
}
