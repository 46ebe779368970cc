package io.sparkmm.train.launch;

import io.sparkmm.conf.KeyGroup;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.NamedValue;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Launch arguments by the names that Python gives them, as checkpoints store them. */
final class ArgumentValues {
  private ArgumentValues() {}

  /** All arguments that were given or have a default; values are texts, numbers, truth values. */
  static Map<String, Object> of(LaunchArguments arguments) {
    Map<String, Object> values = new LinkedHashMap<>();
    add(values, arguments);
    return values;
  }

  private static void add(Map<String, Object> values, Record group) {
    for (RecordComponent component : group.getClass().getRecordComponents()) {
      Object value = value(group, component);
      if (value instanceof Record nested && (nested instanceof KeyGroup)) {
        add(values, nested);
      } else {
        plain(value).ifPresent(plain -> values.put(snake(component.getName()), plain));
      }
    }
  }

  private static Object value(Record group, RecordComponent component) {
    try {
      return component.getAccessor().invoke(group);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read argument " + component.getName(), e);
    }
  }

  private static String snake(String name) {
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static Optional<Object> plain(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.flatMap(ArgumentValues::plain);
    }
    if (value instanceof OptionalInt optional) {
      return optional.isPresent() ? Optional.of((long) optional.getAsInt()) : Optional.empty();
    }
    if (value instanceof OptionalLong optional) {
      return optional.isPresent() ? Optional.of(optional.getAsLong()) : Optional.empty();
    }
    if (value instanceof OptionalDouble optional) {
      return optional.isPresent() ? Optional.of(optional.getAsDouble()) : Optional.empty();
    }
    if (value instanceof Integer number) {
      return Optional.of(number.longValue());
    }
    if (value instanceof Boolean || value instanceof Long || value instanceof Double) {
      return Optional.of(value);
    }
    if (value instanceof NamedValue named) {
      return Optional.of(named.text());
    }
    if (value instanceof List<?> list) {
      List<Object> items = new ArrayList<>();
      list.forEach(item -> plain(item).ifPresent(items::add));
      return Optional.of(items);
    }
    return value instanceof Map ? Optional.empty() : Optional.of(value.toString());
  }
}
