package io.sparkmm.convert.args;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/** Prints the values of a command as YAML that {@code --config} accepts. */
final class ConfigurationPrinter {

  private static final Pattern BLOCK = Pattern.compile("[|>][0-9]?[+-]?$");

  private final PrintFlags flags;
  private final Settings settings;
  private final Yaml yaml;
  private final ObjectMapper mapper = new ObjectMapper();

  ConfigurationPrinter(PrintFlags flags, Settings settings) {
    this.flags = flags;
    this.settings = settings;
    this.yaml = new Yaml(options());
  }

  private static DumperOptions options() {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setNonPrintableStyle(DumperOptions.NonPrintableStyle.ESCAPE);
    return options;
  }

  /**
   * The text.
   *
   * @param above words between the level at which the option stood and the command, outermost first
   * @param command the command itself, the last of these words
   * @param head description of the level at which the option stood; empty for none
   */
  String print(List<Node> above, Command command, String head) {
    List<String> lines = entries("", command.entries());
    for (Option extra : command.extras()) {
      if (!settings.value(extra.name()).equals(extra.defaultValue())) {
        lines.addAll(option("", extra));
      }
    }
    List<Node> inward = new ArrayList<>(above);
    Collections.reverse(inward);
    for (Node node : inward) {
      String text = node instanceof Family family ? family.description() : command.description();
      lines = wrap(node.name(), text, lines);
    }
    if (lines.isEmpty()) {
      lines.add("{}");
    }
    if (flags.comments() && !head.isEmpty()) {
      lines.add(0, "# " + head);
    } else if (lines.get(0).isEmpty()) {
      lines.remove(0);
    }
    return String.join("\n", lines) + "\n";
  }

  private List<String> entries(String prefix, List<Entry> entries) {
    List<String> lines = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry instanceof Group group) {
        List<String> inner = entries(prefix + group.name() + ".", group.entries());
        if (!inner.isEmpty() || !flags.skipDefault()) {
          lines.addAll(wrap(group.name(), group.description(), inner));
        }
      } else if (entry instanceof Option option) {
        lines.addAll(option(prefix, option));
      }
    }
    return lines;
  }

  private List<String> wrap(String key, String description, List<String> inner) {
    List<String> lines = comment(description);
    if (inner.isEmpty()) {
      lines.add(key + ": {}");
      return lines;
    }
    lines.add(key + ":");
    inner.forEach(line -> lines.add(line.isEmpty() ? "" : "  " + line));
    return lines;
  }

  private List<String> option(String prefix, Option option) {
    JsonNode value = settings.value(prefix + option.name());
    boolean skip =
        (flags.skipNull() && value.isNull())
            || (flags.skipDefault() && value.equals(option.defaultValue()));
    if (skip) {
      return List.of();
    }
    List<String> lines = comment(option.description() + " " + option.summary());
    if (value.isNull()) {
      lines.add(option.name() + (flags.comments() ? ":" : ": null"));
    } else {
      lines.addAll(dump(option.name(), mapper.convertValue(value, Object.class)));
    }
    return lines;
  }

  /** Blank lines count at the end of a text in block style, so that text with breaks is quoted. */
  private List<String> dump(String name, Object value) {
    List<String> lines = yaml.dump(Collections.singletonMap(name, value)).lines().toList();
    if (lines.stream().noneMatch(line -> BLOCK.matcher(line).find())) {
      return lines;
    }
    DumperOptions options = options();
    options.setDefaultScalarStyle(DumperOptions.ScalarStyle.DOUBLE_QUOTED);
    options.setSplitLines(false);
    return new Yaml(options).dump(Collections.singletonMap(name, value)).lines().toList();
  }

  private List<String> comment(String text) {
    return flags.comments()
        ? text.lines().map(line -> "# " + line).collect(Collectors.toCollection(this::blankLine))
        : new ArrayList<>();
  }

  private List<String> blankLine() {
    return new ArrayList<>(List.of(""));
  }
}
