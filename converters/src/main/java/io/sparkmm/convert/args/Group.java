package io.sparkmm.convert.args;

import java.util.List;

/**
 * A mapping with known keys. On the command line it can be given as a file name or as an inline
 * mapping, or key by key with dotted names.
 *
 * @param name the key
 * @param description title in help
 * @param entries keys within, in the order of help and of printed configurations
 */
public record Group(String name, String description, List<Entry> entries) implements Entry {

  public Group {
    entries = List.copyOf(entries);
  }

  /** A group with these entries. */
  public static Group of(String name, String description, Entry... entries) {
    return new Group(name, description, List.of(entries));
  }
}
