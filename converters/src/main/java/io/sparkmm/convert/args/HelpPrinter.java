package io.sparkmm.convert.args;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Usage and help of a level of the command line, laid out as Python's argparse does. */
final class HelpPrinter {

  private static final String CONFIG = "--config CONFIG";
  private static final String PRINT = "--print_config[=flags]";
  private static final int HELP_COLUMN = 24;

  private final Environment environment;
  private final List<String> words;
  private final String program;
  private final StringBuilder text = new StringBuilder();
  private final int width;

  /**
   * For one level.
   *
   * @param program name of the program
   * @param words words up to this level
   */
  HelpPrinter(Environment environment, String program, List<String> words) {
    this.environment = environment;
    this.words = words;
    this.program =
        program + words.stream().map(w -> " [options] " + w).collect(Collectors.joining());
    this.width = Math.max(environment.columns() - 2, 40);
  }

  /** Usage of a level that needs another word. */
  String usage(Family family) {
    List<String> parts = new ArrayList<>(List.of("[-h]", "[" + CONFIG + "]", "[" + PRINT + "]"));
    parts.add("{" + String.join(",", family.shownNames()) + "}");
    parts.add("...");
    return usage(parts);
  }

  /** Usage of a command. */
  String usage(Command command) {
    List<String> parts = new ArrayList<>(List.of("[-h]", "[" + CONFIG + "]", "[" + PRINT + "]"));
    command.entries().forEach(entry -> usage("--", entry, parts));
    command.extras().forEach(extra -> usage("--", extra, parts));
    return usage(parts);
  }

  private static void usage(String prefix, Entry entry, List<String> parts) {
    if (entry instanceof Group group) {
      parts.add("[" + prefix + group.name() + " CONFIG]");
      group.entries().forEach(inner -> usage(prefix + group.name() + ".", inner, parts));
    } else if (entry instanceof Option option) {
      String form = prefix + option.name() + argument(option);
      parts.add(option.required() ? form : "[" + form + "]");
    }
  }

  private static String argument(Option option) {
    String value = option.type().placeholder(option.name());
    return switch (option.type().arity()) {
      case NONE -> "";
      case ONE -> " " + value;
      case MANY -> " " + value + " [" + value + " ...]";
    };
  }

  private String usage(List<String> parts) {
    String head = "usage: " + program;
    String whole = head + " " + String.join(" ", parts);
    if (whole.length() <= width) {
      return whole + "\n";
    }
    boolean hang = head.length() <= 0.75 * width;
    int indent = hang ? head.length() + 1 : "usage: ".length();
    String pad = " ".repeat(indent);
    String body = String.join("\n" + pad, TextWrap.parts(parts, width - indent));
    return head + (hang ? " " : "\n" + pad) + body + "\n";
  }

  /** Help of a level that needs another word. */
  String help(Family family) {
    text.append(usage(family)).append('\n');
    if (!words.isEmpty()) {
      paragraph(family.description());
    }
    generalOptions();
    text.append("\nsubcommands:\n");
    indented("For more details of each subcommand, add it as an argument followed by --help.");
    if (environment.active()) {
      text.append("\n  ENV:   ").append(environment.name(words, "subcommand")).append('\n');
    }
    text.append("\n  Available subcommands:\n");
    for (Node child : family.children()) {
      if (child instanceof Family inner) {
        row("    " + inner.name(), inner.description());
      } else if (child instanceof Command command) {
        row("    " + command.name(), command.description());
      }
    }
    return text.toString();
  }

  /** Help of a command. */
  String help(Command command) {
    text.append(usage(command)).append('\n');
    paragraph(command.description());
    generalOptions();
    for (Entry entry : command.entries()) {
      if (entry instanceof Option option) {
        option("", option);
      }
    }
    for (Entry entry : command.entries()) {
      if (entry instanceof Group group) {
        group("", group);
      }
    }
    if (!command.extras().isEmpty()) {
      text.append("\noptions of SparkMM:\n");
      command.extras().forEach(extra -> option("", extra));
    }
    return text.toString();
  }

  private void generalOptions() {
    text.append("options:\n");
    row(form("-h, --help"), "Show this help message and exit.");
    row(form(CONFIG) + variable("config"), "Path to a configuration file.");
    row(
        form(PRINT),
        "Print the configuration after applying all other arguments and exit. The optional flags"
            + " customize the output and are one or more keywords separated by comma. The"
            + " supported flags are: comments, skip_default, skip_null.");
  }

  private void group(String prefix, Group group) {
    String name = prefix + group.name();
    text.append('\n').append(group.description()).append(":\n");
    row(form("--" + name + " CONFIG") + variable(name), "Path to a configuration file.");
    for (Entry entry : group.entries()) {
      if (entry instanceof Option option) {
        option(name + ".", option);
      }
    }
    for (Entry entry : group.entries()) {
      if (entry instanceof Group inner) {
        group(name + ".", inner);
      }
    }
  }

  private void option(String prefix, Option option) {
    String name = prefix + option.name();
    String argument = argument(option);
    String forms = "--" + name + argument;
    if (option.type().isList() && option.type().arity() == ValueType.Arity.ONE) {
      forms += ", --" + name + "+" + argument;
    }
    row(form(forms) + variable(name), option.description() + " " + option.summary());
  }

  private String form(String form) {
    return environment.active() ? "  ARG:   " + form : "  " + form;
  }

  private String variable(String option) {
    return environment.active() ? "\n  ENV:   " + environment.name(words, option) : "";
  }

  private void paragraph(String description) {
    TextWrap.words(description, width).forEach(line -> text.append(line).append('\n'));
    text.append('\n');
  }

  private void indented(String paragraph) {
    TextWrap.words(paragraph, width - 2)
        .forEach(line -> text.append("  ").append(line).append('\n'));
  }

  private void row(String left, String description) {
    boolean sameLine = left.length() <= HELP_COLUMN - 2 && left.indexOf('\n') < 0;
    text.append(left);
    text.append(sameLine ? " ".repeat(HELP_COLUMN - left.length()) : "\n");
    String pad = "";
    for (String line : TextWrap.words(description, width - HELP_COLUMN)) {
      text.append(sameLine && pad.isEmpty() ? "" : " ".repeat(HELP_COLUMN)).append(line);
      text.append('\n');
      pad = " ";
    }
  }
}
