package io.sparkmm.conf.load;

import io.sparkmm.conf.KeyGroup;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.NamedValue;
import io.sparkmm.conf.PipelineLayers;
import io.sparkmm.conf.ReshardAfterForward;
import io.sparkmm.conf.ShardingSize;
import io.sparkmm.conf.TrainingConfiguration;
import io.sparkmm.conf.pattern.ModulePattern;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Prints every key of a configuration with its effective value, one per line, in the order of the
 * records. Keys are spelled as in the files; what is not set prints as {@code null}.
 */
public final class ConfigPrinter {
  private static final Set<Class<?>> VALUES =
      Set.of(
          ModulePattern.class, PipelineLayers.class, ReshardAfterForward.class, ShardingSize.class);
  private static final Set<String> HIDDEN = Set.of("raw");

  private ConfigPrinter() {}

  /** All keys of a training run, one block per source, with the warnings as comments at the end. */
  public static String print(TrainingConfiguration configuration) {
    List<String> lines = new ArrayList<>();
    lines.add("# model configuration");
    lines.addAll(lines(configuration.model()));
    lines.add("# data configuration");
    lines.addAll(lines(configuration.data()));
    lines.add("# tools configuration");
    lines.addAll(lines(configuration.tools()));
    lines.add("# FSDP2 configuration");
    lines.addAll(lines(configuration.fsdp2()));
    lines.add("# launch arguments");
    lines.addAll(argumentLines(configuration.launch()));
    lines.add("# environment");
    configuration.environment().values().forEach((name, value) -> lines.add(name + " = " + value));
    if (!configuration.warnings().isEmpty()) {
      lines.add("# warnings");
      configuration.warnings().forEach(warning -> lines.add("# " + warning));
    }
    return String.join("\n", lines) + "\n";
  }

  /** The keys of one record and of the records below, as {@code dotted.key = value}. */
  public static List<String> lines(Record config) {
    List<String> lines = new ArrayList<>();
    collect("", config, lines);
    return List.copyOf(lines);
  }

  /** The launch arguments, as {@code --option = value}. */
  public static List<String> argumentLines(LaunchArguments arguments) {
    return lines(arguments).stream()
        .map(
            line ->
                "--"
                    + line.substring(0, line.indexOf(" = ")).replace('_', '-')
                    + line.substring(line.indexOf(" = ")))
        .toList();
  }

  private static void collect(String prefix, Record config, List<String> lines) {
    for (RecordComponent component : config.getClass().getRecordComponents()) {
      if (HIDDEN.contains(component.getName())) {
        continue;
      }
      String key = prefix + snakeCase(component.getName());
      Object value = valueOf(config, component);
      if (value instanceof KeyGroup) {
        collect(prefix, (Record) value, lines);
      } else if (value instanceof Record nested && !VALUES.contains(value.getClass())) {
        collect(key + ".", nested, lines);
      } else {
        lines.add(key + " = " + text(value));
      }
    }
  }

  private static Object valueOf(Record config, RecordComponent component) {
    try {
      return component.getAccessor().invoke(config);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot print " + config.getClass() + ": " + component, e);
    }
  }

  private static String text(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(ConfigPrinter::text).orElse("null");
    } else if (value instanceof OptionalInt number) {
      return number.isPresent() ? Integer.toString(number.getAsInt()) : "null";
    } else if (value instanceof OptionalDouble number) {
      return number.isPresent() ? Double.toString(number.getAsDouble()) : "null";
    } else if (value instanceof NamedValue named) {
      return named.text();
    } else if (value instanceof Collection<?> list) {
      return list.stream().map(ConfigPrinter::text).collect(Collectors.joining(", ", "[", "]"));
    } else if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> entry.getKey() + ": " + text(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    return String.valueOf(value);
  }

  private static String snakeCase(String name) {
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
