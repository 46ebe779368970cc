package io.sparkmm.convert.args;

import io.sparkmm.conf.NearestKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The options of a command by their dotted names. */
final class OptionTable {

  /**
   * An option, or a member of an option whose value is an object.
   *
   * @param name dotted name of the option
   * @param option the option
   * @param member the member, if one is meant
   */
  record Match(String name, Option option, Optional<Option> member) {
    ValueType type() {
      return member.orElse(option).type();
    }
  }

  private final Map<String, Option> options = new LinkedHashMap<>();
  private final Map<String, Group> groups = new LinkedHashMap<>();

  OptionTable(Command command) {
    command.entries().forEach(entry -> add("", entry));
    command.extras().forEach(extra -> add("", extra));
  }

  private void add(String prefix, Entry entry) {
    String name = prefix + entry.name();
    if (options.containsKey(name) || groups.containsKey(name)) {
      throw new IllegalArgumentException("Cannot have the option " + name + " twice");
    }
    if (entry instanceof Option option) {
      options.put(name, option);
    } else if (entry instanceof Group group) {
      groups.put(name, group);
      group.entries().forEach(inner -> add(name + ".", inner));
    }
  }

  /** All options in order. */
  Map<String, Option> options() {
    return options;
  }

  Map<String, Group> groups() {
    return groups;
  }

  Optional<Match> find(String name) {
    if (options.containsKey(name)) {
      return Optional.of(new Match(name, options.get(name), Optional.empty()));
    }
    int dot = name.lastIndexOf('.');
    if (dot < 0 || !options.containsKey(name.substring(0, dot))) {
      return Optional.empty();
    }
    Option owner = options.get(name.substring(0, dot));
    return objectType(owner.type())
        .flatMap(type -> type.member(name.substring(dot + 1)))
        .map(member -> new Match(name.substring(0, dot), owner, Optional.of(member)));
  }

  private static Optional<ObjectType> objectType(ValueType type) {
    ValueType inner = type instanceof NullableType nullable ? nullable.type() : type;
    return inner instanceof ObjectType object ? Optional.of(object) : Optional.empty();
  }

  /** End of a message: the name that was probably meant, or nothing. */
  String hint(String name, String before) {
    List<String> names = new ArrayList<>(options.keySet());
    names.addAll(groups.keySet());
    String last = lastPart(name);
    Optional<String> sameEnd = names.stream().filter(n -> lastPart(n).equals(last)).findFirst();
    Optional<String> sameStart =
        name.length() < 3
            ? Optional.empty()
            : names.stream().filter(n -> n.startsWith(name)).findFirst();
    Optional<String> near =
        sameEnd.or(() -> sameStart).or(() -> NearestKey.find(name, names)).or(() -> byEnd(last));
    return near.map(found -> "; did you mean " + before + found + "?").orElse("");
  }

  private Optional<String> byEnd(String last) {
    Map<String, String> ends = new LinkedHashMap<>();
    options.keySet().forEach(name -> ends.putIfAbsent(lastPart(name), name));
    return NearestKey.find(last, ends.keySet()).map(ends::get);
  }

  private static String lastPart(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
