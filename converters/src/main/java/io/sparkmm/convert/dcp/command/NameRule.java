package io.sparkmm.convert.dcp.command;

import java.util.LinkedHashSet;
import java.util.List;

/**
 * How names of Hugging Face become names of the state {@code model} of a checkpoint, and back.
 *
 * @param hfPrefix replaced where it first occurs; when empty, {@code dcpPrefix} goes in front
 * @param dcpPrefix what takes its place
 */
record NameRule(String hfPrefix, String dcpPrefix) {

  /** The name in the checkpoint. */
  String toDcp(String name) {
    return hfPrefix.isEmpty() ? dcpPrefix + name : replaceFirst(name, hfPrefix, dcpPrefix);
  }

  /**
   * Where to look for a tensor: the name that {@link #toDcp} gives it, and the prefix in front of
   * the name without its own, which is what training may have called it.
   */
  List<String> candidates(String name) {
    LinkedHashSet<String> names = new LinkedHashSet<>();
    names.add(toDcp(name));
    names.add(dcpPrefix + (name.startsWith(hfPrefix) ? name.substring(hfPrefix.length()) : name));
    return List.copyOf(names);
  }

  /** The name of Hugging Face for a name in the checkpoint. */
  String toHf(String name) {
    return name.startsWith(dcpPrefix) ? hfPrefix + name.substring(dcpPrefix.length()) : name;
  }

  static String replaceFirst(String text, String part, String replacement) {
    int at = text.indexOf(part);
    return at < 0 ? text : text.substring(0, at) + replacement + text.substring(at + part.length());
  }
}
