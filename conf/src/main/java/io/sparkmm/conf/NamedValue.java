package io.sparkmm.conf;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A constant of an enum that configuration files write as a fixed word. */
public interface NamedValue {

  /** The word as it stands in configuration files. */
  String text();

  /** The words of all constants, in their order. */
  static <E extends Enum<E> & NamedValue> List<String> texts(Class<E> type) {
    return Arrays.stream(type.getEnumConstants()).map(NamedValue::text).toList();
  }

  /** The constant with this word. */
  static <E extends Enum<E> & NamedValue> Optional<E> find(Class<E> type, String text) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.text().equals(text))
        .findFirst();
  }
}
